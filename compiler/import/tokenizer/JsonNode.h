//===- JsonNode.h - JSON values that know where they stand ----------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_COMPILER_IMPORT_TOKENIZER_JSONNODE_H
#define SWAGE_COMPILER_IMPORT_TOKENIZER_JSONNODE_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/Twine.h"
#include "llvm/Support/Error.h"
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

namespace swage::import {

/// Ids that a tokenizer may have; more would be a damaged file.
constexpr uint64_t kMaximumId = (1u << 24) - 1;

/// The contents of `path`; none if there is no such file.
llvm::Expected<std::optional<std::string>>
readOptionalFile(llvm::StringRef path);

/// A value of a JSON file, or its absence, with the path that leads to it. All
/// failures read "FILE: /json/path: found ..., want ...".
class JsonNode {
public:
  /// Parses `path`; an absent value if there is no such file.
  static llvm::Expected<JsonNode> read(llvm::StringRef path);

  /// Null counts as absent.
  bool exists() const { return value && !value->is_null(); }
  bool isString() const { return value && value->is_string(); }
  bool isObject() const { return value && value->is_object(); }
  bool isArray() const { return value && value->is_array(); }

  JsonNode operator[](llvm::StringRef key) const;
  JsonNode operator[](size_t index) const;
  /// Elements of an array; 0 if it is absent.
  size_t size() const { return isArray() ? value->size() : 0; }
  /// The underlying value, which exists.
  const nlohmann::json &raw() const { return *value; }

  llvm::Expected<std::string> string() const;
  llvm::Expected<bool> boolean(bool whenAbsent) const;
  llvm::Expected<uint32_t> id() const;
  llvm::Error wantArray() const;
  llvm::Error wantObject() const;
  /// Refuses keys that are not in `known`, as their meaning is unknown too.
  llvm::Error onlyKeys(llvm::ArrayRef<llvm::StringRef> known) const;

  /// "FILE: PATH: MESSAGE".
  llvm::Error error(const llvm::Twine &message) const;
  /// "FILE: PATH: found VALUE, want WANTED".
  llvm::Error unexpected(const llvm::Twine &wanted) const;

private:
  std::shared_ptr<const nlohmann::json> root;
  const nlohmann::json *value = nullptr;
  std::string file;
  std::string path;
};

} // namespace swage::import

#endif // SWAGE_COMPILER_IMPORT_TOKENIZER_JSONNODE_H
