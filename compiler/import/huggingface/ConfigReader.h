//===- ConfigReader.h - Typed reading of config.json ---------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_COMPILER_IMPORT_HUGGINGFACE_CONFIGREADER_H
#define SWAGE_COMPILER_IMPORT_HUGGINGFACE_CONFIGREADER_H

#include "compiler/import/Problems.h"
#include "llvm/ADT/StringSet.h"
#include <nlohmann/json.hpp>
#include <optional>

namespace swage::import {

/// Reads the keys of one JSON object, reports every value of the wrong kind and
/// goes on with the default. A key whose value is null counts as absent.
class ConfigReader {
public:
  /// A place that may state a value: path for messages, value or null.
  struct Statement {
    std::string path;
    const nlohmann::json *value;
  };

  /// `root` is an object and outlives the reader.
  ConfigReader(llvm::StringRef file, const nlohmann::json &root,
               Problems &problems)
      : file(file.str()), root(root), problems(problems) {}

  /// The value of a key, or null.
  const nlohmann::json *find(llvm::StringRef key);

  /// Whether the key is there, with null too.
  bool has(llvm::StringRef key) const { return root.contains(key.str()); }
  /// Whether something has asked for the key.
  bool isRead(llvm::StringRef key) const { return known.contains(key); }

  /// The object of that key, or null.
  const nlohmann::json *findObject(llvm::StringRef key);

  /// A size from 1 to 2^31 - 1; an error if the key is absent and there is no
  /// default.
  int64_t readSize(llvm::StringRef key,
                   std::optional<int64_t> whenAbsent = std::nullopt);
  bool readFlag(llvm::StringRef key, bool whenAbsent);
  /// A finite number above zero.
  double readNumber(llvm::StringRef key, double whenAbsent);
  /// The same for keys where null means none, unlike no key at all.
  std::optional<int64_t> readOptionalSize(llvm::StringRef key,
                                          std::optional<int64_t> whenAbsent);
  std::optional<double> readOptionalNumber(llvm::StringRef key,
                                           std::optional<double> whenAbsent);
  std::string readString(llvm::StringRef key, llvm::StringRef whenAbsent);
  /// A token, a list of tokens or nothing, each below `vocabulary`.
  std::vector<int64_t> readTokens(llvm::StringRef key, int64_t vocabulary,
                                  llvm::ArrayRef<int64_t> whenAbsent);

  /// The value that all statements agree on, or null if there is none. Reports
  /// two that differ, with both values.
  std::optional<Statement> reconcile(llvm::ArrayRef<Statement> statements);

  std::optional<double> asNumber(const Statement &statement);
  std::optional<int64_t> asSize(const Statement &statement);
  std::optional<std::string> asString(const Statement &statement);

  /// A reader of the object at `path`.
  ConfigReader nested(const std::string &path, const nlohmann::json &object) {
    return {file + ": " + path, object, problems};
  }

  /// Warns of each key that nothing has read, apart from `ignored`.
  void warnUnread(llvm::ArrayRef<llvm::StringRef> ignored);
  /// Reports each key that nothing has read and that says something: null, and
  /// lists and objects of nothing, are passed over.
  void refuseUnread();

  void error(const llvm::Twine &message) {
    problems.error(file + ": " + message);
  }
  void warning(const llvm::Twine &message) {
    problems.warning(file + ": " + message);
  }
  /// An error that leaves unknown which shapes the model's tensors have.
  void shapeError(const llvm::Twine &message) {
    forgetShapes();
    error(message);
  }
  void forgetShapes() { knowsShapes = false; }
  /// Whether tensors can be compared with what the config says.
  bool hasShapes() const { return knowsShapes; }
  /// "FILE: PATH: found VALUE, expected WANTED".
  void unexpected(const Statement &found, const llvm::Twine &wanted);

private:
  std::string file;
  const nlohmann::json &root;
  Problems &problems;
  llvm::StringSet<> known;
  bool knowsShapes = true;
};

} // namespace swage::import

#endif // SWAGE_COMPILER_IMPORT_HUGGINGFACE_CONFIGREADER_H
