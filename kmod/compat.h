/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What differs between the kernels this builds for, newest first. Nothing but
 * this file looks at the version.
 */
#ifndef TAPPIN_COMPAT_H
#define TAPPIN_COMPAT_H

#include <linux/version.h>

/* 6.7 moved crypto_memneq() out of <crypto/algapi.h>. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 7, 0)
#include <crypto/utils.h>
#else
#include <crypto/algapi.h>
#endif

#endif /* TAPPIN_COMPAT_H */
