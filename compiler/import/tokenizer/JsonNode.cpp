//===- JsonNode.cpp - JSON values that know where they stand --------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "JsonNode.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/MemoryBuffer.h"

using namespace llvm;
using namespace swage::import;
using nlohmann::json;

namespace {

/// Builds the value as the library's own parser does, and keeps what it says
/// when it fails, with line and column.
struct Parser : nlohmann::detail::json_sax_dom_parser<json> {
  explicit Parser(json &root) : json_sax_dom_parser(root, false) {}

  template <typename Exception>
  bool parse_error(std::size_t, const std::string &,
                   const Exception &exception) {
    message = exception.what();
    return false;
  }

  std::string message;
};

/// A value as an error shows it, cut if it is long.
std::string show(const json *value) {
  if (!value)
    return "nothing";
  if (value->is_object())
    return "an object";
  if (value->is_array())
    return "an array of " + std::to_string(value->size());
  std::string text =
      value->dump(-1, ' ', false, json::error_handler_t::replace);
  return text.size() <= 60 ? text : text.substr(0, 57) + "...";
}

} // namespace

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
  auto text = readOptionalFile(path);
  if (!text)
    return text.takeError();
  JsonNode node;
  node.file = path.str();
  if (!*text)
    return node;
  auto root = std::make_shared<json>();
  Parser parser(*root);
  if (!json::sax_parse(**text, &parser)) {
    // "[json.exception.parse_error.101] parse error at line 1, column 2: ..."
    StringRef message = StringRef(parser.message).split("] ").second;
    return createStringError(inconvertibleErrorCode(), path + ": " + message);
  }
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
