// SPDX-License-Identifier: GPL-2.0
/*
 * Settings of a device in /proc/sys/net.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "command.h"
#include "sysctl.h"

const char *sysctl_root = "/proc/sys/net";

/* Each has a directory for each device, and in it a file for each setting. */
static const char *const dirs[] = {
	"ipv4/conf", "ipv4/neigh", "ipv6/conf", "ipv6/neigh", "mpls/conf",
};

static int path_of(char path[PATH_MAX], const char *dir, const char *name,
		   const char *file)
{
	int length = snprintf(path, PATH_MAX, "%s/%s/%s/%s", sysctl_root, dir,
			      name, file);

	return length < PATH_MAX ? 0 : -ENAMETOOLONG;
}

int sysctl_read(const char *dir, const char *name, const char *file,
		char value[SYSCTL_VALUE_SIZE])
{
	char path[PATH_MAX];
	ssize_t size;
	int fd;

	if (path_of(path, dir, name, file))
		return -ENAMETOOLONG;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	size = read(fd, value, SYSCTL_VALUE_SIZE - 1);
	if (size < 0)
		size = -errno;
	close(fd);
	if (size < 0)
		return size;
	value[size] = '\0';
	value[strcspn(value, "\n")] = '\0';
	return 0;
}

int sysctl_write(const char *dir, const char *name, const char *file,
		 const char *value)
{
	size_t length = strlen(value);
	char path[PATH_MAX];
	ssize_t size;
	int fd;

	if (path_of(path, dir, name, file))
		return -ENAMETOOLONG;
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	size = write(fd, value, length);
	if (size < 0)
		size = -errno;
	close(fd);
	if (size < 0)
		return size;
	return (size_t)size == length ? 0 : -EIO;
}

static bool is_left_out(const struct dirent *entry)
{
	return entry->d_name[0] == '.' ||
	       !strcmp(entry->d_name, "disable_ipv6") ||
	       !strcmp(entry->d_name, "addr_gen_mode");
}

/*
 * What cannot be written is no setting. What cannot be read has not been set:
 * the kernel says so of the secret of stable addresses.
 */
static int add_file(struct sysctls *sysctls, unsigned int dir, int dir_fd,
		    const char *name, const char *file)
{
	char value[SYSCTL_VALUE_SIZE];
	struct sysctl *sysctl;
	struct stat info;
	int err;

	if (fstatat(dir_fd, file, &info, 0) || !S_ISREG(info.st_mode) ||
	    !(info.st_mode & 0200))
		return 0;
	err = sysctl_read(dirs[dir], name, file, value);
	if (err)
		return err == -EIO ? 0 : err;
	sysctls->list = reallocarray(sysctls->list, sysctls->nr + 1,
				     sizeof(sysctls->list[0]));
	if (!sysctls->list)
		no_memory();
	sysctl = &sysctls->list[sysctls->nr++];
	sysctl->dir = dir;
	sysctl->file = strdup(file);
	sysctl->value = strdup(value);
	explicit_bzero(value, sizeof(value));
	if (!sysctl->file || !sysctl->value)
		no_memory();
	return 0;
}

static int read_dir(const char *name, unsigned int dir, struct sysctls *sysctls)
{
	struct dirent **entries;
	char path[PATH_MAX];
	int nr, i, fd, err = 0;

	if (path_of(path, dirs[dir], name, ""))
		return -ENAMETOOLONG;
	/*
	 * Sorted, a number in seconds comes before the same in milliseconds,
	 * which is the more exact one and so has to be set last.
	 */
	nr = scandir(path, &entries, NULL, alphasort);
	if (nr < 0)
		return errno == ENOENT ? 0 : -errno;
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		err = -errno;
	for (i = 0; i < nr; i++) {
		if (!err && !is_left_out(entries[i]))
			err = add_file(sysctls, dir, fd, name,
				       entries[i]->d_name);
		free(entries[i]);
	}
	free(entries);
	if (fd >= 0)
		close(fd);
	return err;
}

int sysctls_read(const char *name, struct sysctls *sysctls)
{
	unsigned int dir;
	int err = 0;

	*sysctls = (struct sysctls){ .nr = 0 };
	for (dir = 0; !err && dir < ARRAY_SIZE(dirs); dir++)
		err = read_dir(name, dir, sysctls);
	return err;
}

int sysctls_write(const char *name, const struct sysctls *sysctls)
{
	char value[SYSCTL_VALUE_SIZE];
	int err;
	size_t i;

	for (i = 0; i < sysctls->nr; i++) {
		const struct sysctl *sysctl = &sysctls->list[i];
		const char *dir = dirs[sysctl->dir];

		err = sysctl_read(dir, name, sysctl->file, value);
		if (err || strcmp(value, sysctl->value))
			err = sysctl_write(dir, name, sysctl->file,
					   sysctl->value);
		explicit_bzero(value, sizeof(value));
		if (err)
			return err;
	}
	return 0;
}

const char *sysctls_get(const struct sysctls *sysctls, const char *dir,
			const char *file)
{
	size_t i;

	for (i = 0; i < sysctls->nr; i++)
		if (!strcmp(dirs[sysctls->list[i].dir], dir) &&
		    !strcmp(sysctls->list[i].file, file))
			return sysctls->list[i].value;
	return NULL;
}

void sysctls_free(struct sysctls *sysctls)
{
	while (sysctls->nr) {
		struct sysctl *sysctl = &sysctls->list[--sysctls->nr];

		/* There is a secret among them. */
		explicit_bzero(sysctl->value, strlen(sysctl->value));
		free(sysctl->value);
		free(sysctl->file);
	}
	free(sysctls->list);
	*sysctls = (struct sysctls){ .list = NULL };
}
