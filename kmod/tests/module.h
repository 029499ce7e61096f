/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What was seen while the engine was not started yet, as on a CPU that has no
 * tier. It is started once, so the tests cannot see that themselves.
 */
#ifndef ESPSIMD_TEST_MODULE_H
#define ESPSIMD_TEST_MODULE_H

/**
 * struct espsimd_test_no_engine - answer of the validator without an engine
 * @err: what it returned for an SA that is taken otherwise
 * @reason: the reason it gave
 */
struct espsimd_test_no_engine {
	int err;
	const char *reason;
};

extern struct espsimd_test_no_engine espsimd_test_no_engine;

#endif /* ESPSIMD_TEST_MODULE_H */
