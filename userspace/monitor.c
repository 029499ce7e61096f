// SPDX-License-Identifier: GPL-2.0
/*
 * What `espsimd monitor` knows as a whole.
 */
#include <stdlib.h>
#include <string.h>

#include "monitor.h"

void monitor_init(struct monitor *monitor, const struct options *options,
		  const char *dev)
{
	*monitor = (struct monitor){ .options = options, .dev = dev };
	TAILQ_INIT(&monitor->devs);
	TAILQ_INIT(&monitor->objects);
}

static void forget_dev(struct monitor *monitor, struct monitor_dev *dev)
{
	TAILQ_REMOVE(&monitor->devs, dev, list);
	free(dev);
}

void monitor_free(struct monitor *monitor)
{
	while (!TAILQ_EMPTY(&monitor->devs))
		forget_dev(monitor, TAILQ_FIRST(&monitor->devs));
	monitor_forget_objects(monitor);
}

struct monitor_dev *monitor_find_dev(const struct monitor *monitor,
				     uint32_t ifindex)
{
	struct monitor_dev *dev;

	TAILQ_FOREACH(dev, &monitor->devs, list)
		if (dev->ifindex == ifindex)
			return dev;
	return NULL;
}

bool monitor_shows(const struct monitor *monitor, const char *name)
{
	return !monitor->quiet &&
	       (!monitor->dev || !strcmp(monitor->dev, name));
}

static void forget_gone(struct monitor *monitor)
{
	struct monitor_dev *dev, *next;

	for (dev = TAILQ_FIRST(&monitor->devs); dev; dev = next) {
		next = TAILQ_NEXT(dev, list);
		if (dev->gone)
			forget_dev(monitor, dev);
	}
}

/*
 * Devices first, as SAs are those of devices. The module lists SAs when the
 * kernel has finished with whatever it was doing to devices, such as deleting
 * the SAs and policies of one that goes down.
 */
int monitor_resync(struct monitor *monitor)
{
	int err = 0;

	if (monitor->stale_devs) {
		err = monitor_list_devs(monitor);
		monitor->stale_devs = err;
	}
	if (!err && monitor->stale_objects) {
		err = monitor_list_objects(monitor);
		monitor->stale_objects = err;
	}
	if (!err)
		forget_gone(monitor);
	return err;
}

void monitor_lost(struct monitor *monitor, const char *from)
{
	struct event event;

	event_begin(&event, monitor->options, "events", "lost");
	event_word(&event, "from", "from", from);
	event_end(&event);
	monitor->stale_devs = true;
	monitor->stale_objects = true;
}

void monitor_module(const struct monitor *monitor, bool loaded)
{
	struct event event;

	event_begin(&event, monitor->options, "module",
		    loaded ? "loaded" : "unloaded");
	event_end(&event);
}
