/* swage.h - the whole runtime: device -> module -> session -> forward.
 *
 * Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * base.h holds the rules of ownership, errors and threads. Tokenizer and
 * sampling are a separate library, see text.h.
 */
#ifndef SWAGE_SWAGE_H
#define SWAGE_SWAGE_H

#include "swage/base.h"
#include "swage/device.h"
#include "swage/linked.h"
#include "swage/module.h"
#include "swage/session.h"

#endif /* SWAGE_SWAGE_H */
