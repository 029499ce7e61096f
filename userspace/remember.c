// SPDX-License-Identifier: GPL-2.0
/*
 * What `espsimd fallback on` has moved to the stack.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "names.h"
#include "remember.h"

/* Of the kernel's headers, for older ones that lack it. */
#ifndef SO_NETNS_COOKIE
#define SO_NETNS_COOKIE	71
#endif

/* Namespaces share /run. The number of one is not given to another. */
static int get_cookie(uint64_t *cookie)
{
	socklen_t size = sizeof(*cookie);
	int err = 0, fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -errno;
	if (getsockopt(fd, SOL_SOCKET, SO_NETNS_COOKIE, cookie, &size))
		err = -errno;
	close(fd);
	return err;
}

static struct memo *new_memo(struct memory *memory)
{
	struct memo *memos = reallocarray(memory->memos, memory->nr + 1,
					  sizeof(*memos));

	if (!memos)
		no_memory();
	memory->memos = memos;
	memset(&memos[memory->nr], 0, sizeof(*memos));
	return &memos[memory->nr++];
}

/* ---- the file: a line each, of words ---- */

static bool parse_sa(const char *line, struct memo *memo)
{
	char way[16], addr[INET6_ADDRSTRLEN];
	uint32_t number;

	if (sscanf(line, "sa %15s %15s %45s %" SCNx32 " %" SCNx32 "/%" SCNx32,
		   memo->dev, way, addr, &memo->spi, &memo->mark.v,
		   &memo->mark.m) != 6 ||
	    !name_value(xfrm_way_names, way, &number))
		return false;
	memo->way = number;
	memo->spi = htonl(memo->spi);
	memo->family = strchr(addr, ':') ? AF_INET6 : AF_INET;
	return inet_pton(memo->family, addr, &memo->daddr) == 1;
}

static bool parse_policy(const char *line, struct memo *memo)
{
	memo->policy = true;
	return sscanf(line, "policy %15s %" SCNu8 " %" SCNu32, memo->dev,
		      &memo->dir, &memo->index) == 3;
}

/* A line that makes no sense is not one of ours. */
static void read_file(struct memory *memory)
{
	FILE *file = fopen(memory->path, "re");
	struct memo memo;
	char line[160];

	if (!file)
		return;
	while (fgets(line, sizeof(line), file)) {
		memset(&memo, 0, sizeof(memo));
		if (parse_sa(line, &memo) ||
		    (memset(&memo, 0, sizeof(memo)), parse_policy(line, &memo)))
			*new_memo(memory) = memo;
	}
	fclose(file);
}

static void write_memo(FILE *file, const struct memo *memo)
{
	char addr[INET6_ADDRSTRLEN] = "?";

	if (memo->policy) {
		fprintf(file, "policy %s %u %" PRIu32 "\n", memo->dev,
			memo->dir, memo->index);
		return;
	}
	inet_ntop(memo->family, &memo->daddr, addr, sizeof(addr));
	fprintf(file, "sa %s %s %s %" PRIx32 " %" PRIx32 "/%" PRIx32 "\n",
		memo->dev, name_of(xfrm_way_names, memo->way), addr,
		ntohl(memo->spi), memo->mark.v, memo->mark.m);
}

int memory_open(struct memory *memory, const char *root)
{
	uint64_t cookie = 0;
	char dir[96];
	int err;

	*memory = (struct memory){ .lock = -1 };
	err = get_cookie(&cookie);
	snprintf(dir, sizeof(dir), "%s/run/espsimd", root);
	snprintf(memory->path, sizeof(memory->path), "%s/fallback-%" PRIu64,
		 dir, cookie);
	if (!err && mkdir(dir, 0700) && errno != EEXIST)
		err = -errno;
	if (!err) {
		memory->lock = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (memory->lock < 0 || flock(memory->lock, LOCK_EX))
			err = -errno;
	}
	if (err)
		error("%s: %s", dir, strerror(-err));
	else
		read_file(memory);
	return err;
}

void memory_close(struct memory *memory)
{
	free(memory->memos);
	if (memory->lock >= 0)
		close(memory->lock);
}

/* Either the old contents or the new are there, whatever happens. */
int memory_save(const struct memory *memory)
{
	char path[sizeof(memory->path) + 4];
	size_t i, nr = 0;
	FILE *file;
	int err = 0;

	for (i = 0; i < memory->nr; i++)
		nr += !memory->memos[i].done;
	if (!nr) {
		if (!unlink(memory->path) || errno == ENOENT)
			return 0;
		err = -errno;
		error("%s: %s", memory->path, strerror(-err));
		return err;
	}
	snprintf(path, sizeof(path), "%s.new", memory->path);
	file = fopen(path, "we");
	if (!file)
		err = -errno;
	for (i = 0; file && i < memory->nr; i++)
		if (!memory->memos[i].done)
			write_memo(file, &memory->memos[i]);
	if (file && (ferror(file) | fclose(file)))
		err = -EIO;
	if (!err && rename(path, memory->path))
		err = -errno;
	if (err)
		error("%s: %s", memory->path, strerror(-err));
	return err;
}

/* ---- what is remembered ---- */

bool memo_is_sa(const struct memo *memo, const struct move_sa *sa)
{
	const struct xfrm_usersa_info *info = &sa->sa.info;

	return !memo->policy && memo->family == info->family &&
	       memo->spi == info->id.spi && memo->mark.v == sa->sa.mark.v &&
	       memo->mark.m == sa->sa.mark.m &&
	       !memcmp(&memo->daddr, &info->id.daddr,
		       info->family == AF_INET ? sizeof(memo->daddr.a4) :
						 sizeof(memo->daddr));
}

bool memo_is_policy(const struct memo *memo, const struct move_pol *pol)
{
	return memo->policy && memo->index == pol->pol.info.index &&
	       memo->dir == pol->pol.info.dir;
}

void memory_add_sa(struct memory *memory, const struct move_sa *sa)
{
	struct memo *memo;
	size_t i;

	for (i = 0; i < memory->nr; i++)
		if (memo_is_sa(&memory->memos[i], sa))
			memory->memos[i].done = true;
	memo = new_memo(memory);
	if_indextoname(sa->now.ifindex, memo->dev);
	memo->way = sa->now.way;
	memo->family = sa->sa.info.family;
	memcpy(&memo->daddr, &sa->sa.info.id.daddr,
	       memo->family == AF_INET ? sizeof(memo->daddr.a4) :
					 sizeof(memo->daddr));
	memo->spi = sa->sa.info.id.spi;
	memo->mark = sa->sa.mark;
}

void memory_add_policy(struct memory *memory, const struct move_pol *pol)
{
	struct memo *memo;
	size_t i;

	for (i = 0; i < memory->nr; i++)
		if (memo_is_policy(&memory->memos[i], pol))
			memory->memos[i].done = true;
	memo = new_memo(memory);
	memo->policy = true;
	if_indextoname(pol->now, memo->dev);
	memo->dir = pol->pol.info.dir;
	memo->index = pol->pol.info.index;
}
