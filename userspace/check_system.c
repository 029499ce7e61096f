// SPDX-License-Identifier: GPL-2.0
/*
 * espsimd check: the kernel, its modules and the CPU.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

#include "check.h"
#include "cpu.h"
#include "kernel.h"
#include "names.h"

/* The oldest kernel that the module is made for. */
#define KERNEL_MAJOR	6
#define KERNEL_MINOR	12

static void check_kernel(struct check *check, const struct utsname *uts)
{
	unsigned int major = 0, minor = 0;

	if (sscanf(uts->release, "%u.%u", &major, &minor) == 2 &&
	    (major > KERNEL_MAJOR ||
	     (major == KERNEL_MAJOR && minor >= KERNEL_MINOR)))
		find(&check->findings, RESULT_OK, "kernel", "%s %s %s",
		     uts->sysname, uts->release, uts->machine);
	else
		find(&check->findings, RESULT_FAIL, "kernel",
		     "%s %s is older than %u.%u", uts->sysname, uts->release,
		     KERNEL_MAJOR, KERNEL_MINOR);
}

static void check_module(struct check *check, const struct kernel *kernel)
{
	struct findings *findings = &check->findings;

	if (!check->nl_err) {
		find(findings, RESULT_OK, "espsimd", "the module is loaded");
		return;
	}
	if (check->nl_err != -ENOENT) {
		find(findings, RESULT_FAIL, "espsimd",
		     "the module cannot be talked to: %s",
		     strerror(-check->nl_err));
		return;
	}
	if (kernel_module(kernel, "espsimd") == MODULE_LOADABLE) {
		find(findings, RESULT_FAIL, "espsimd",
		     "the module is installed, but not loaded");
		find_mend(findings, "modprobe espsimd");
		return;
	}
	find(findings, RESULT_FAIL, "espsimd",
	     "the module is not installed for this kernel");
	find_mend(findings, "make install && modprobe espsimd");
}

static void check_config(struct check *check, const struct kernel *kernel)
{
	struct findings *findings = &check->findings;

	switch (kernel_option(kernel, "CONFIG_XFRM_OFFLOAD")) {
	case 0:
		find(findings, RESULT_WARN, "xfrm-offload",
		     "the kernel's configuration cannot be read");
		break;
	case 'n':
		find(findings, RESULT_FAIL, "xfrm-offload",
		     "the kernel has no XFRM offload (CONFIG_XFRM_OFFLOAD)");
		break;
	default:
		find(findings, RESULT_OK, "xfrm-offload",
		     "the kernel has XFRM offload");
		break;
	}
}

/* What lets the kernel offload ESP of one address family. */
static void check_esp_offload(struct check *check, const struct kernel *kernel,
			      const char *name, const char *option)
{
	struct findings *findings = &check->findings;

	switch (kernel_module(kernel, name)) {
	case MODULE_LOADED:
		find(findings, RESULT_OK, name, "loaded");
		break;
	case MODULE_BUILTIN:
		find(findings, RESULT_OK, name, "part of the kernel");
		break;
	case MODULE_LOADABLE:
		find(findings, RESULT_WARN, name,
		     "not loaded; the kernel tries to with the first offloaded SA");
		find_mend(findings, "modprobe %s", name);
		break;
	case MODULE_MISSING:
		find(findings, RESULT_FAIL, name,
		     "this kernel does not have it (%s)", option);
		break;
	}
}

/* The module's own verdict, where there is one, is of its devices. */
static void check_cpu(struct check *check)
{
	static const uint32_t tiers[] = {
		ESPSIMD_ENGINE_AVX512,
		ESPSIMD_ENGINE_AVX2,
		ESPSIMD_ENGINE_AESNI,
	};
	struct findings *findings = &check->findings;
	char text[256];
	struct cpu cpu;
	size_t i;

	cpu_read(&cpu);
	cpu_features(&cpu, text, sizeof(text));
	for (i = 0; i < ARRAY_SIZE(tiers); i++) {
		char missing[256];

		if (!cpu_lacks(&cpu, tiers[i], missing, sizeof(missing)))
			check->cpu_engines |= UINT32_C(1) << tiers[i];
	}

	if (check->cpu_engines)
		find(findings, RESULT_OK, "cpu", "has %s", text);
	else
		find(findings, RESULT_WARN, "cpu",
		     "has no engine; the kernel's AEAD does all packets");

	for (i = 0; i < ARRAY_SIZE(tiers); i++) {
		const char *name = name_of(engine_names, tiers[i]);

		if (cpu_lacks(&cpu, tiers[i], text, sizeof(text)))
			find(findings, RESULT_WARN, name,
			     "not possible, for want of %s", text);
		else
			find(findings, RESULT_OK, name, "possible");
	}
}

void check_system(struct check *check)
{
	struct kernel kernel = { .root = "" };
	struct utsname uts;

	if (uname(&uts)) {
		find(&check->findings, RESULT_FAIL, "kernel", "uname: %s",
		     strerror(errno));
		return;
	}
	kernel.release = uts.release;

	check_kernel(check, &uts);
	check_config(check, &kernel);
	check_module(check, &kernel);
	check_esp_offload(check, &kernel, "esp4_offload",
			  "CONFIG_INET_ESP_OFFLOAD");
	check_esp_offload(check, &kernel, "esp6_offload",
			  "CONFIG_INET6_ESP_OFFLOAD");
	check_cpu(check);
}
