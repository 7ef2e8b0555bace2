//===- Json.cpp - JSON without surprises ---------------------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/import/Json.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"

using nlohmann::json;

namespace swage::import {

namespace {

constexpr size_t kMaxDepth = 64;

/// Builds a value from the parser's events.
class Handler {
public:
  bool null() { return scalar(nullptr); }
  bool boolean(bool value) { return scalar(value); }
  bool number_integer(int64_t value) { return scalar(value); }
  bool number_unsigned(uint64_t value) { return scalar(value); }
  bool number_float(double value, const std::string &) { return scalar(value); }
  bool string(std::string &value) { return scalar(std::move(value)); }
  bool binary(json::binary_t &) { return false; }
  bool start_object(size_t) { return open(json::object()); }
  bool start_array(size_t) { return open(json::array()); }
  bool end_object() { return close(); }
  bool end_array() { return close(); }

  bool key(std::string &name) {
    auto [place, isNew] =
        stack.back()->get_ref<json::object_t &>().try_emplace(name, nullptr);
    if (!isNew)
      return fail("key '" + name + "' occurs twice in one object");
    member = &place->second;
    return true;
  }

  bool parse_error(size_t, const std::string &,
                   const nlohmann::detail::exception &problem) {
    // "[json.exception.parse_error.101] parse error at line 1, ...".
    return fail(llvm::StringRef(problem.what()).split("] ").second.str());
  }

  json result;
  std::string message;

private:
  bool fail(std::string why) {
    message = std::move(why);
    return false;
  }

  /// The place that the next value goes to.
  json *insert(json value) {
    if (stack.empty())
      return &(result = std::move(value));
    if (stack.back()->is_array()) {
      stack.back()->push_back(std::move(value));
      return &stack.back()->back();
    }
    return &(*member = std::move(value));
  }

  bool scalar(json value) {
    insert(std::move(value));
    return true;
  }

  bool open(json value) {
    if (stack.size() == kMaxDepth)
      return fail("values are nested more than " + std::to_string(kMaxDepth) +
                  " deep");
    stack.push_back(insert(std::move(value)));
    return true;
  }

  bool close() {
    stack.pop_back();
    return true;
  }

  std::vector<json *> stack;
  json *member = nullptr;
};

} // namespace

llvm::Expected<json> parseJson(llvm::StringRef file, llvm::StringRef text) {
  Handler handler;
  if (!json::sax_parse(text.begin(), text.end(), &handler))
    return llvm::createStringError(file + ": invalid JSON: " + handler.message);
  return std::move(handler.result);
}

llvm::Expected<json> readJson(llvm::StringRef file) {
  auto buffer = llvm::MemoryBuffer::getFile(file);
  if (!buffer)
    return llvm::createStringError(file + ": " + buffer.getError().message());
  if ((*buffer)->getBufferSize() > kMaxJsonBytes)
    return llvm::createStringError(
        file + ": found " + llvm::Twine((*buffer)->getBufferSize()) +
        " bytes of JSON, expected at most " + llvm::Twine(kMaxJsonBytes));
  return parseJson(file, (*buffer)->getBuffer());
}

std::string describeJson(const json &value) {
  constexpr size_t kMaxLength = 80;
  std::string text = value.dump(-1, ' ', /*ensure_ascii=*/true,
                                json::error_handler_t::replace);
  if (text.size() > kMaxLength)
    text.replace(kMaxLength - 3, std::string::npos, "...");
  return text;
}

} // namespace swage::import
