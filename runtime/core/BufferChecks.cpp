//===- BufferChecks.cpp - Buffers are what they say -----------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/core/Expression.h"
#include "runtime/core/ProgramChecker.h"

using ull = unsigned long long;
using swage::schema::BufferKind;
using swage::schema::Role;

namespace swage::runtime {

Code ProgramChecker::checkBuffer(const schema::Variant &variant,
                                 uint32_t index) {
  const schema::Buffer &buffer = *variant.buffers()->Get(index);
  // Observers are shown what has rows, as far as its size says.
  if (buffer.rows() && (buffer.kind() == BufferKind::Weight ||
                        buffer.kind() == BufferKind::State))
    return damaged("buffer %u: have rows in weights or state, require none",
                   index);
  // A role leads to memory that is the caller's to fill or to read.
  bool isCallers = buffer.kind() == BufferKind::Argument ||
                   buffer.kind() == BufferKind::Result;
  if (buffer.role() != Role::None && !isCallers)
    return damaged("buffer %u: have role %u of a buffer of kind %u, require "
                   "roles of arguments and results only",
                   index, unsigned(buffer.role()), unsigned(buffer.kind()));
  switch (buffer.kind()) {
  case BufferKind::Weight:
    if (buffer.weight() >= program.weights()->size())
      return damaged("buffer %u: have weight %u, require less than %u", index,
                     buffer.weight(), program.weights()->size());
    return SWAGE_OK;
  case BufferKind::Arena:
    if (buffer.first_command() > buffer.last_command() ||
        buffer.last_command() >= variant.commands()->size())
      return damaged("buffer %u: have a life from command %u to %u, require an "
                     "ascending range below %u",
                     index, buffer.first_command(), buffer.last_command(),
                     variant.commands()->size());
    break;
  case BufferKind::State:
    if (buffer.page_bytes() == 0 || buffer.page_bytes() % 64 ||
        buffer.page_bytes() > uint64_t(1) << 40)
      return damaged("buffer %u: have pages of %llu bytes, require a positive "
                     "multiple of 64 up to 2^40",
                     index, ull(buffer.page_bytes()));
    if (table.page_positions() == 0)
      return damaged("buffer %u: have pages of 0 positions, require at least 1",
                     index);
    return SWAGE_OK;
  case BufferKind::Argument:
  case BufferKind::Result:
    if (Code code = checkRole(variant, index))
      return code;
    break;
  default:
    return damaged("buffer %u: have kind %u, require at most %u", index,
                   unsigned(buffer.kind()), unsigned(BufferKind::MAX));
  }
  if (Code code = checkRows(buffer, index))
    return code;
  return checkSize(buffer.size(), "buffer", index, "size", /*required=*/true);
}

/// Checks what observers are told that the buffer holds.
Code ProgramChecker::checkRows(const schema::Buffer &buffer, uint32_t index) {
  if (!buffer.rows())
    return SWAGE_OK;
  if (buffer.columns() == 0 || buffer.columns() > buffer.row_length() ||
      buffer.row_length() > uint64_t(1) << 32)
    return damaged("buffer %u: have %llu columns in rows of %llu, require at "
                   "least 1 in at most 2^32",
                   index, ull(buffer.columns()), ull(buffer.row_length()));
  if (buffer.element() > schema::Element::MAX)
    return damaged("buffer %u: have element type %u, require at most %u", index,
                   unsigned(buffer.element()), unsigned(schema::Element::MAX));
  return checkSize(buffer.rows(), "buffer", index, "rows", /*required=*/true);
}

static bool isResultRole(Role role) {
  return role == Role::Logits || role == Role::Hidden || role == Role::Pooled ||
         role == Role::ClassLogits;
}

Code ProgramChecker::checkRole(const schema::Variant &variant, uint32_t index) {
  const schema::Buffer &buffer = *variant.buffers()->Get(index);
  bool isResult = buffer.kind() == BufferKind::Result;
  if (buffer.role() == Role::None || buffer.role() > Role::MAX ||
      isResult != isResultRole(buffer.role()))
    return damaged("buffer %u: have role %u of %s, require %s", index,
                   unsigned(buffer.role()),
                   isResult ? "a result" : "an argument",
                   isResult ? "logits, hidden, pooled or class logits"
                            : "tokens, batch, logit rows or token types");
  if (buffer.role() == Role::TokenTypes && table.token_types() == 0)
    return damaged("buffer %u: have token types, require an artifact that has "
                   "some",
                   index);
  for (uint32_t i = 0; i < index; ++i)
    if (variant.buffers()->Get(i)->role() == buffer.role())
      return damaged("buffer %u: have the role of buffer %u, require another",
                     index, i);
  if (!isResult)
    return SWAGE_OK;
  if (buffer.columns() == 0 || buffer.columns() > buffer.row_length() ||
      buffer.row_length() % 16 || buffer.row_length() > uint64_t(1) << 32)
    return damaged("buffer %u: have %llu columns in rows of %llu, require at "
                   "least 1 in a multiple of 16 up to 2^32",
                   index, ull(buffer.columns()), ull(buffer.row_length()));
  return SWAGE_OK;
}

Code ProgramChecker::checkSize(const schema::Expression *expression,
                               const char *kind, uint32_t index,
                               const char *what, bool required) {
  if (!expression) {
    if (!required)
      return SWAGE_OK;
    return damaged("%s %u: have no %s, require an expression", kind, index,
                   what);
  }
  if (const char *problem = checkExpression(*expression))
    return damaged("%s %u: have a %s expression with %s, require a sound one",
                   kind, index, what, problem);
  return SWAGE_OK;
}

} // namespace swage::runtime
