//===- WireReader.cpp - Protobuf messages, field by field -----------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "WireReader.h"
#include "llvm/ADT/Twine.h"
#include "llvm/Support/Endian.h"
#include <cstring>
#include <optional>

using namespace llvm;
using namespace swage::import;

static Error fail(StringRef file, size_t offset, const Twine &name,
                  const Twine &message) {
  std::string path = name.str();
  return createStringError(file + ": byte " + Twine(offset) + ": " +
                           (path.empty() ? "" : "field " + path + ": ") +
                           message);
}

static StringRef nameOf(WireField::Type type) {
  switch (type) {
  case WireField::Varint:
    return "an integer";
  case WireField::Fixed64:
    return "64 bits";
  case WireField::Bytes:
    return "bytes";
  case WireField::Fixed32:
    return "32 bits";
  }
  return "a group";
}

Error WireField::error(const Twine &name, const Twine &message) const {
  return fail(file, offset, name, message);
}

Error WireField::wantType(const Twine &name, Type wanted) const {
  return type == wanted ? Error::success()
                        : error(name, "found " + nameOf(type) + ", want " +
                                          nameOf(wanted));
}

Expected<bool> WireField::boolean(const Twine &name) const {
  if (Error error = wantType(name, Varint))
    return std::move(error);
  return number64 != 0;
}

Expected<int32_t> WireField::integer(const Twine &name) const {
  if (Error error = wantType(name, Varint))
    return std::move(error);
  auto value = int64_t(number64);
  if (value < INT32_MIN || value > INT32_MAX)
    return error(name, "found " + Twine(value) + ", want 32 bits");
  return int32_t(value);
}

Expected<float> WireField::real(const Twine &name) const {
  if (Error error = wantType(name, Fixed32))
    return std::move(error);
  auto bits = uint32_t(number64);
  float value;
  std::memcpy(&value, &bits, sizeof(value));
  return value;
}

Expected<StringRef> WireField::bytes(const Twine &name) const {
  if (Error error = wantType(name, Bytes))
    return std::move(error);
  return data;
}

Error WireField::message(const Twine &name,
                         function_ref<Error(WireField)> visit) const {
  if (Error error = wantType(name, Bytes))
    return error;
  return readMessage(file, name, data, dataOffset, visit);
}

/// Takes a varint from the front of `rest`; none if it is cut or longer than 64
/// bits.
static std::optional<uint64_t> takeVarint(StringRef &rest) {
  uint64_t value = 0;
  for (unsigned shift = 0; shift < 64 && !rest.empty(); shift += 7) {
    auto byte = uint8_t(rest.front());
    rest = rest.drop_front();
    if (shift == 63 && byte > 1)
      return std::nullopt;
    value |= uint64_t(byte & 0x7F) << shift;
    if (byte < 0x80)
      return value;
  }
  return std::nullopt;
}

Error swage::import::readMessage(StringRef file, const Twine &name,
                                 StringRef bytes, size_t offset,
                                 function_ref<Error(WireField)> visit) {
  for (StringRef rest = bytes; !rest.empty();) {
    auto place = [&] { return offset + (bytes.size() - rest.size()); };
    WireField field;
    field.file = file;
    field.offset = place();
    auto cut = [&](StringRef what) {
      return fail(file, field.offset, name,
                  what + " is cut or longer than 64 bits");
    };
    std::optional<uint64_t> tag = takeVarint(rest);
    if (!tag)
      return cut("a field's tag");
    field.number = uint32_t(*tag >> 3);
    field.type = WireField::Type(*tag & 7);
    if (field.number == 0 || *tag >> 3 > (1u << 29) - 1)
      return fail(file, field.offset, name,
                  "found field number " + Twine(*tag >> 3) +
                      ", want 1 to 536870911: this is no protobuf message");
    uint64_t size = 0;
    switch (field.type) {
    case WireField::Varint: {
      std::optional<uint64_t> value = takeVarint(rest);
      if (!value)
        return cut("the integer of field " + std::to_string(field.number));
      field.number64 = *value;
      break;
    }
    case WireField::Fixed64:
      size = 8;
      break;
    case WireField::Fixed32:
      size = 4;
      break;
    case WireField::Bytes: {
      std::optional<uint64_t> value = takeVarint(rest);
      if (!value)
        return cut("the length of field " + std::to_string(field.number));
      size = *value;
      break;
    }
    default:
      return fail(file, field.offset, name,
                  "field " + Twine(field.number) + " has wire type " +
                      Twine(unsigned(field.type)) + ", want 0, 1, 2 or 5");
    }
    if (size > rest.size())
      return fail(file, field.offset, name,
                  "field " + Twine(field.number) + " has " + Twine(size) +
                      " bytes, but only " + Twine(rest.size()) + " are left");
    field.dataOffset = place();
    field.data = rest.take_front(size);
    rest = rest.drop_front(size);
    if (field.type == WireField::Fixed32)
      field.number64 = support::endian::read32le(field.data.data());
    if (Error error = visit(field))
      return error;
  }
  return Error::success();
}
