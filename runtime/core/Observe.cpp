//===- Observe.cpp - Showing what dispatches write ------------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/core/Session.h"

using namespace swage;
using namespace swage::runtime;
using ull = unsigned long long;

static uint64_t elementBytes(schema::Element element) {
  switch (element) {
  case schema::Element::F16:
  case schema::Element::BF16:
    return 2;
  case schema::Element::U8:
  case schema::Element::I8:
    return 1;
  case schema::Element::F32:
  case schema::Element::I32:
    break;
  }
  return 4;
}

static const char *elementName(schema::Element element) {
  switch (element) {
  case schema::Element::F32:
    return "f32";
  case schema::Element::F16:
    return "f16";
  case schema::Element::BF16:
    return "bf16";
  case schema::Element::I32:
    return "i32";
  case schema::Element::I8:
    return "i8";
  case schema::Element::U8:
    break;
  }
  return "u8";
}

/// What `buffer` holds, from `data` on. The description is the artifact's, so
/// it is held against the memory that the buffer has.
static Code describe(const schema::Buffer &buffer, const void *data,
                     const Symbols &symbols, swage_tensor_t &tensor,
                     swage_status_t *status) {
  uint64_t rows = 0, size = 0;
  if (Code code = evaluateSize(*buffer.rows(), symbols, "rows", rows, status))
    return code;
  if (Code code = evaluateSize(*buffer.size(), symbols, "size", size, status))
    return code;
  uint64_t room = size / elementBytes(buffer.element());
  if (rows && (buffer.columns() > room ||
               (room - buffer.columns()) / buffer.row_length() < rows - 1))
    return fail(status, SWAGE_DATA_LOSS,
                "buffer '%.60s': have %llu rows of %llu %s, require them in "
                "%llu bytes",
                buffer.name() ? buffer.name()->c_str() : "unnamed", ull(rows),
                ull(buffer.row_length()), elementName(buffer.element()),
                ull(size));
  tensor = {data, elementName(buffer.element()), size_t(rows),
            size_t(buffer.columns()), size_t(buffer.row_length())};
  return SWAGE_OK;
}

Code swage::runtime::observe(const swage_session_t &s, const Plan &plan,
                             uint32_t index, const Symbols &symbols,
                             uint32_t rows, swage_status_t *status) {
  const schema::Variant &variant = plan.variant();
  const auto &dispatch = *variant.commands()->GetAs<schema::Dispatch>(index);
  swage_tensor_t results[SWAGE_MAX_BINDINGS] = {};
  size_t count = 0;
  for (uint32_t i = 0; i < dispatch.bindings()->size(); ++i) {
    const schema::Binding &binding = *dispatch.bindings()->Get(i);
    const schema::Buffer &buffer = *variant.buffers()->Get(binding.buffer());
    // A description is of the whole buffer.
    if (!binding.writes() || !buffer.rows() || binding.offset())
      continue;
    if (Code code = describe(buffer, plan.steps()[index].bindings[i], symbols,
                             results[count], status))
      return code;
    ++count;
  }
  DispatchNames names = namesOf(s, dispatch);
  swage_dispatch_event_t event = {names.layer, names.kernel, results, count,
                                  rows};
  s.observer(s.observerSelf, &event);
  return SWAGE_OK;
}
