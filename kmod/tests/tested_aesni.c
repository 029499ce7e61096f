// SPDX-License-Identifier: GPL-2.0
#include "../aead/aesgcm_aesni.c"
