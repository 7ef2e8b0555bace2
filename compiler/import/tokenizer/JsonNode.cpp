//===- JsonNode.cpp - JSON values that know where they stand --------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "JsonNode.h"
#include "compiler/import/Json.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"

using namespace llvm;
using namespace swage::import;
using nlohmann::json;

/// A value as an error shows it.
static std::string show(const json *value) {
  if (!value)
    return "nothing";
  if (value->is_object())
    return "an object";
  if (value->is_array())
    return "an array of " + std::to_string(value->size());
  return describeJson(*value);
}

Expected<std::optional<std::string>>
swage::import::readOptionalFile(StringRef path) {
  auto buffer = MemoryBuffer::getFile(path);
  if (buffer)
    return (*buffer)->getBuffer().str();
  if (buffer.getError() == std::errc::no_such_file_or_directory)
    return std::nullopt;
  return createStringError(buffer.getError(), path + ": cannot be read: " +
                                                  buffer.getError().message());
}

Expected<JsonNode> JsonNode::read(StringRef path) {
  JsonNode node;
  node.file = path.str();
  if (!sys::fs::exists(path))
    return node;
  auto value = readJson(path);
  if (!value)
    return value.takeError();
  auto root = std::make_shared<const json>(std::move(*value));
  node.value = root.get();
  node.root = std::move(root);
  if (Error error = node.wantObject())
    return std::move(error);
  return node;
}

JsonNode JsonNode::operator[](StringRef key) const {
  JsonNode member = *this;
  member.path += "/" + key.str();
  member.value = nullptr;
  if (isObject()) {
    auto found = value->find(key.str());
    if (found != value->end())
      member.value = &*found;
  }
  return member;
}

JsonNode JsonNode::operator[](size_t index) const {
  JsonNode element = *this;
  element.path += "/" + std::to_string(index);
  element.value = index < size() ? &(*value)[index] : nullptr;
  return element;
}

Error JsonNode::error(const Twine &message) const {
  std::string where = path.empty() ? file : file + ": " + path;
  return createStringError(inconvertibleErrorCode(), where + ": " + message);
}

Error JsonNode::unexpected(const Twine &wanted) const {
  return error("found " + show(value) + ", want " + wanted);
}

Expected<std::string> JsonNode::string() const {
  if (!isString())
    return unexpected("a string");
  return value->get_ref<const std::string &>();
}

Expected<bool> JsonNode::boolean(bool whenAbsent) const {
  if (!exists())
    return whenAbsent;
  if (!value->is_boolean())
    return unexpected("true or false");
  return *value->get_ptr<const json::boolean_t *>();
}

Expected<uint32_t> JsonNode::id() const {
  if (!value || !value->is_number_unsigned() ||
      *value->get_ptr<const json::number_unsigned_t *>() > kMaximumId)
    return unexpected("an id from 0 to " + Twine(kMaximumId));
  return uint32_t(*value->get_ptr<const json::number_unsigned_t *>());
}

Error JsonNode::wantArray() const {
  return isArray() ? Error::success() : unexpected("an array");
}

Error JsonNode::wantObject() const {
  return isObject() ? Error::success() : unexpected("an object");
}

Error JsonNode::onlyKeys(ArrayRef<StringRef> known) const {
  if (Error error = wantObject())
    return error;
  for (const auto &member : value->items())
    if (!is_contained(known, member.key()) && !member.value().is_null())
      return (*this)[member.key()].error("not supported, known here are " +
                                         join(known, ", "));
  return Error::success();
}
