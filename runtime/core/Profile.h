//===- Profile.h - What a dispatch costs ----------------------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_RUNTIME_CORE_PROFILE_H
#define SWAGE_RUNTIME_CORE_PROFILE_H

#include "runtime/core/Session.h"

namespace swage::runtime {

/// A dispatch of a chunk that `count` sequences have rows in, without its time.
swage_profile_event_t profileEvent(const swage_session_t &session,
                                   const schema::Dispatch &dispatch,
                                   const Symbols &symbols,
                                   const ChunkPart *parts, size_t count);

} // namespace swage::runtime

#endif // SWAGE_RUNTIME_CORE_PROFILE_H
