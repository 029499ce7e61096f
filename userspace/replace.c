// SPDX-License-Identifier: GPL-2.0
/*
 * Files that others read at any time.
 */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "command.h"
#include "replace.h"

static int write_all(int fd, const char *text, size_t size)
{
	ssize_t written;

	while (size) {
		written = write(fd, text, size);
		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0)
			return -errno;
		text += written;
		size -= written;
	}
	return 0;
}

/* Writes and closes the file. */
static int fill(int fd, const char *text, size_t size)
{
	int err = write_all(fd, text, size);

	if (!err && (fchmod(fd, 0644) || fsync(fd)))
		err = -errno;
	if (close(fd) && !err)
		err = -errno;
	return err;
}

/* The new name has to last, too. Not all file systems can say so. */
static void sync_directory(const char *path)
{
	char *copy = strdup(path);
	int fd;

	if (!copy)
		no_memory();
	fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	free(copy);
	if (fd < 0)
		return;
	fsync(fd);
	close(fd);
}

int replace_file(const char *path, const char *text, size_t size)
{
	char *new;
	int fd, err;

	if (asprintf(&new, "%s.XXXXXX", path) < 0)
		no_memory();
	fd = mkostemp(new, O_CLOEXEC);
	if (fd < 0) {
		err = -errno;
		free(new);
		return err;
	}
	err = fill(fd, text, size);
	if (!err && rename(new, path))
		err = -errno;
	if (err)
		unlink(new);
	else
		sync_directory(path);
	free(new);
	return err;
}
