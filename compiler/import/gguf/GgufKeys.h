//===- GgufKeys.h - Typed reading of GGUF metadata -----------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_COMPILER_IMPORT_GGUF_GGUFKEYS_H
#define SWAGE_COMPILER_IMPORT_GGUF_GGUFKEYS_H

#include "compiler/import/Json.h"
#include "compiler/import/Problems.h"
#include "compiler/import/gguf/GgufFile.h"
#include "llvm/ADT/StringSet.h"

namespace swage::import {

/// Reads metadata values, reports those of the wrong kind, and goes on as if
/// they were absent.
class GgufKeys {
public:
  /// Keys are below `prefix`, for example "llama.".
  GgufKeys(const GgufFile &file, llvm::StringRef prefix, Problems &problems)
      : file(file), prefix(prefix.str()), problems(problems) {}

  const nlohmann::json *find(llvm::StringRef key) {
    read.insert(key);
    return file.find(prefix + key.str());
  }
  /// The value of a key that nothing has read yet, or null.
  const nlohmann::json *findUnread(llvm::StringRef key) {
    return read.contains(key) ? nullptr : find(key);
  }

  /// A size below 2^31. It may be stated for each layer, if all are equal.
  std::optional<int64_t> size(llvm::StringRef key) {
    const nlohmann::json *value = find(key);
    if (!value)
      return std::nullopt;
    const nlohmann::json *first = value;
    if (value->is_array() && !value->empty()) {
      first = &(*value)[0];
      for (const nlohmann::json &other : *value)
        if (other != *first) {
          fail(key, "found different sizes for the layers, which is not "
                    "supported");
          return std::nullopt;
        }
    }
    if (isSize(*first))
      return first->get<int64_t>();
    unexpected(key, *value, "an integer from 0 to 2147483647");
    return std::nullopt;
  }

  /// The sizes of all layers, if the file states an array of them; else none.
  std::vector<int64_t> layerSizes(llvm::StringRef key, int64_t layers) {
    const nlohmann::json *value = find(key);
    if (!value || !value->is_array())
      return {};
    if (value->size() != uint64_t(layers) || !llvm::all_of(*value, isSize)) {
      fail(key, "found an array of " + llvm::Twine(value->size()) +
                    ", expected " + llvm::Twine(layers) +
                    " integers from 0 to 2147483647, one for each layer");
      return {};
    }
    return value->get<std::vector<int64_t>>();
  }

  /// The same for a key that must be there; 1 if it is not.
  int64_t needSize(llvm::StringRef key) {
    if (!find(key))
      problems.error(file.getPath() + ": metadata key '" + prefix + key +
                     "' is missing");
    return size(key).value_or(1);
  }

  std::optional<double> number(llvm::StringRef key) {
    const nlohmann::json *value = find(key);
    if (!value || value->is_number())
      return value ? std::optional(value->get<double>()) : std::nullopt;
    unexpected(key, *value, "a number");
    return std::nullopt;
  }

  std::optional<bool> flag(llvm::StringRef key) {
    const nlohmann::json *value = find(key);
    if (!value || value->is_boolean())
      return value ? std::optional(value->get<bool>()) : std::nullopt;
    unexpected(key, *value, "a bool");
    return std::nullopt;
  }

  std::optional<std::string> string(llvm::StringRef key) {
    const nlohmann::json *value = find(key);
    if (!value || value->is_string())
      return value ? std::optional(value->get<std::string>()) : std::nullopt;
    unexpected(key, *value, "a string");
    return std::nullopt;
  }

  void fail(llvm::StringRef key, const llvm::Twine &message) {
    problems.error(file.getPath() + ": metadata key '" + prefix + key +
                   "': " + message);
  }
  void unexpected(llvm::StringRef key, const nlohmann::json &value,
                  const llvm::Twine &wanted) {
    fail(key, "found " + describeJson(value) + ", expected " + wanted);
  }

  /// Warns of each key below the prefix that nothing has read, apart from
  /// `ignored`.
  void warnUnread(llvm::ArrayRef<llvm::StringLiteral> ignored) {
    for (llvm::StringRef key : file.getKeys())
      if (key.consume_front(prefix) && !read.contains(key) &&
          !llvm::is_contained(ignored, key))
        problems.warning(file.getPath() + ": metadata key '" + prefix + key +
                         "' is not known to this compiler and has no effect");
  }

private:
  static bool isSize(const nlohmann::json &value) {
    return value.is_number_integer() && value >= 0 && value <= INT32_MAX;
  }

  const GgufFile &file;
  std::string prefix;
  Problems &problems;
  llvm::StringSet<> read;
};

} // namespace swage::import

#endif // SWAGE_COMPILER_IMPORT_GGUF_GGUFKEYS_H
