//===- Profile.cpp - What a dispatch costs --------------------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/core/Profile.h"

using namespace swage;
using namespace swage::runtime;
using schema::Symbol;

/// The value of an expression; 0 where it is unknown.
static uint64_t valueOf(const schema::Expression *expression,
                        const Symbols &symbols) {
  int64_t value;
  if (!expression || !evaluate(*expression, symbols, value) || value < 0)
    return 0;
  return uint64_t(value);
}

/// Adds what the part's rows read of the cache and multiply with it.
static void addCost(const schema::CacheCost &cost, const ChunkPart &part,
                    swage_profile_event_t &event) {
  uint64_t end = uint64_t(part.past) + part.rows;
  // The first position that the row at `row` sees.
  auto first = [&](uint64_t row) -> uint64_t {
    return cost.window() && row >= cost.window() ? row + 1 - cost.window() : 0;
  };
  uint64_t pairs = 0;
  for (uint64_t row = part.past; row < end; ++row)
    pairs += (cost.causal() ? row + 1 : end) - first(row);
  event.bytes += cost.bytes() * (end - first(part.past));
  event.multiply_adds += cost.multiply_adds() * pairs;
}

DispatchNames swage::runtime::namesOf(const swage_session_t &session,
                                      const schema::Dispatch &dispatch) {
  const auto &kernels = *session.module->program->kernels();
  return {dispatch.name() ? dispatch.name()->c_str() : "",
          kernels.Get(dispatch.kernel())->name()->c_str()};
}

swage_profile_event_t swage::runtime::profileEvent(
    const swage_session_t &session, const schema::Dispatch &dispatch,
    const Symbols &symbols, const ChunkPart *parts, size_t count) {
  swage_profile_event_t event = {};
  DispatchNames names = namesOf(session, dispatch);
  event.name = names.layer;
  event.kernel = names.kernel;
  event.bytes = valueOf(dispatch.bytes(), symbols);
  event.multiply_adds = valueOf(dispatch.multiply_adds(), symbols);
  event.rows = uint32_t(symbols[Symbol::Rows]);
  if (const schema::CacheCost *cost = dispatch.cache_cost())
    for (size_t i = 0; i < count; ++i)
      addCost(*cost, parts[i], event);
  return event;
}
