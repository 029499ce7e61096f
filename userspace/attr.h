/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Attributes of the family's messages: reading and checking them, and writing
 * them as JSON under their names in the netlink spec.
 */
#ifndef ESPSIMD_ATTR_H
#define ESPSIMD_ATTR_H

#include <json-c/json.h>
#include <libmnl/libmnl.h>
#include <stddef.h>
#include <stdint.h>

#include "names.h"

/**
 * enum attr_kind - how a value looks on the wire
 * @ATTR_NONE: there is no such attribute
 * @ATTR_FLAG: no payload
 * @ATTR_U8: number of 1 byte
 * @ATTR_U16: number of 2 bytes
 * @ATTR_U32: number of 4 bytes
 * @ATTR_UINT: number of 4 or 8 bytes, as it needs
 * @ATTR_BE16: number of 2 bytes in network order
 * @ATTR_SPI: number of 4 bytes in network order, read in hexadecimal
 * @ATTR_BITS: set of values as a bitmap of 4 bytes
 * @ATTR_LINK: interface index of 4 bytes
 * @ATTR_ADDRESS: IPv4 or IPv6 address
 * @ATTR_STRING: string with its NUL
 */
enum attr_kind {
	ATTR_NONE,
	ATTR_FLAG,
	ATTR_U8,
	ATTR_U16,
	ATTR_U32,
	ATTR_UINT,
	ATTR_BE16,
	ATTR_SPI,
	ATTR_BITS,
	ATTR_LINK,
	ATTR_ADDRESS,
	ATTR_STRING,
};

/**
 * struct attr_desc - an attribute
 * @name: its name in the netlink spec
 * @kind: how it looks on the wire
 * @names: names of its values, NULL if it is a mere number
 * @link_name: ATTR_LINK: name in JSON for the name of the interface
 * @meaning: one sentence on what it says, NULL if its name is enough
 */
struct attr_desc {
	const char *name;
	enum attr_kind kind;
	const struct name *names;
	const char *link_name;
	const char *meaning;
};

/* Room for any address, and for the name of any interface or value. */
#define ATTR_TEXT_SIZE	64

extern const struct attr_desc dev_attrs[];
extern const struct attr_desc sa_attrs[];

/**
 * attr_parse() - find and check the attributes of a message
 * @nlh: the message
 * @descs: descriptions, indexed by attribute
 * @max: number of the last description
 * @attrs: (output) @max + 1 attributes, indexed as well; NULL where absent
 *
 * Attributes that the table does not have are left out: a later module may
 * say more.
 *
 * Return: 0, or -EBADMSG if a value is not of its kind.
 */
int attr_parse(const struct nlmsghdr *nlh, const struct attr_desc *descs,
	       unsigned int max, const struct nlattr **attrs);

/**
 * attr_number() - value of any number
 * @attr: the attribute, may be NULL
 * @kind: its kind
 *
 * Return: the value, 0 if there is no attribute.
 */
uint64_t attr_number(const struct nlattr *attr, enum attr_kind kind);

/**
 * attr_text() - a value as people read it
 * @attr: the attribute, may be NULL
 * @desc: its description
 * @text: (output) the value; "-" if there is no attribute
 *
 * Return: @text.
 */
const char *attr_text(const struct nlattr *attr, const struct attr_desc *desc,
		      char text[ATTR_TEXT_SIZE]);

/**
 * attr_object() - all attributes as a JSON object
 * @descs: descriptions
 * @max: number of the last description
 * @attrs: attributes
 *
 * Return: the object.
 */
struct json_object *attr_object(const struct attr_desc *descs,
				unsigned int max,
				const struct nlattr **attrs);

#endif /* ESPSIMD_ATTR_H */
