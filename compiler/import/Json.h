//===- Json.h - JSON without surprises -----------------------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_COMPILER_IMPORT_JSON_H
#define SWAGE_COMPILER_IMPORT_JSON_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include <nlohmann/json.hpp>

namespace swage::import {

/// Parses `text`. Unlike most readers, it refuses an object that has a key
/// twice and values nested more than 64 deep. Errors begin with `file`.
llvm::Expected<nlohmann::json> parseJson(llvm::StringRef file,
                                         llvm::StringRef text);

/// The same for the contents of a file of at most `kMaxJsonBytes`.
llvm::Expected<nlohmann::json> readJson(llvm::StringRef file);

inline constexpr uint64_t kMaxJsonBytes = 64 << 20;

/// A value as a message shows it: short, and always valid UTF-8.
std::string describeJson(const nlohmann::json &value);

} // namespace swage::import

#endif // SWAGE_COMPILER_IMPORT_JSON_H
