// SPDX-License-Identifier: GPL-2.0
#include "../aead/key.c"
