//===- Validators.h - What options take -------------------------*- C++ -*-===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_COMPILER_TOOLS_SWAGE_VALIDATORS_H
#define SWAGE_COMPILER_TOOLS_SWAGE_VALIDATORS_H

#include "llvm/ADT/StringRef.h"
#include "llvm/ADT/Twine.h"
#include <CLI/CLI.hpp>
#include <map>
#include <string>

namespace swage::cli {

/// A number from `least` to `most`; what is not a number, such as nan, is in no
/// range.
inline CLI::Validator numberFrom(double least, double most) {
  return CLI::Validator(
      [=](std::string &text) -> std::string {
        double value;
        if (!llvm::StringRef(text).getAsDouble(value) && value >= least &&
            value <= most)
          return {};
        std::ostringstream message;
        message << text << " is not a number from " << least << " to " << most;
        return message.str();
      },
      "");
}

/// One of the names, which stands for its value. For CLI::Option::transform.
template <typename Enum>
CLI::Validator oneOf(std::map<std::string, Enum> known) {
  return CLI::Validator(
      [=](std::string &text) -> std::string {
        if (auto found = known.find(text); found != known.end()) {
          text = std::to_string(int(found->second));
          return {};
        }
        std::string names;
        for (const auto &[name, value] : known)
          names += (names.empty() ? "" : ",") + name;
        return text + " not in {" + names + "}";
      },
      "");
}

} // namespace swage::cli

#endif // SWAGE_COMPILER_TOOLS_SWAGE_VALIDATORS_H
