//===- Console.h - What the commands print, and how they fail ---*- C++ -*-===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// Results go to stdout; everything else goes to stderr. With --json, stdout
// holds one JSON object.

#ifndef SWAGE_COMPILER_TOOLS_SWAGE_CONSOLE_H
#define SWAGE_COMPILER_TOOLS_SWAGE_CONSOLE_H

#include "swage/swage.hpp"
#include "llvm/ADT/StringRef.h"
#include "llvm/ADT/Twine.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/JSON.h"
#include <chrono>
#include <stdexcept>
#include <string>
#include <vector>

namespace swage::cli {

/// Why a command stops, and with which exit status. This program is the only
/// part of Swage that throws.
class Failure : public std::runtime_error {
public:
  enum Kind {
    Work = 1, ///< the work failed
    Call = 2, ///< the call was wrong
  };
  Failure(Kind kind, const llvm::Twine &message)
      : std::runtime_error(message.str()), kind(kind) {}
  int exitStatus() const { return kind; }

private:
  Kind kind;
};

[[noreturn]] void failWork(const llvm::Twine &message);
[[noreturn]] void failCall(const llvm::Twine &message);

/// Fails with the status's message behind `what`, if it holds a failure.
void check(const Status &status, const llvm::Twine &what);

/// The value, or a failure with the error's message.
template <typename T> T check(llvm::Expected<T> value) {
  if (!value)
    failWork(llvm::toString(value.takeError()));
  return std::move(*value);
}

void warn(const llvm::Twine &message);

/// A line on stderr.
void note(const llvm::Twine &message);

/// A number, or null for what JSON has no number for.
llvm::json::Value jsonNumber(double value);

/// Prints the one object of --json.
void printJson(llvm::json::Object object);

/// "1.5 GB" for people.
std::string formatBytes(uint64_t bytes);

/// Wall-clock time since it was made.
class Stopwatch {
public:
  double seconds() const {
    return std::chrono::duration<double>(Clock::now() - start).count();
  }

private:
  using Clock = std::chrono::steady_clock;
  Clock::time_point start = Clock::now();
};

/// Progress on stderr: one redrawn line on a terminal, else a line whenever
/// what is under way changes its name or another tenth is done.
class Progress {
public:
  explicit Progress(llvm::StringRef title);
  ~Progress();

  /// `done` of `total` in any unit; 0 of 0 if that is not known. `amount` is
  /// how far it is in words, such as "12 of 40 MB".
  void update(llvm::StringRef what, uint64_t done, uint64_t total,
              llvm::StringRef amount);

private:
  std::string title;
  bool terminal;
  Stopwatch watch;
  double lastDrawn = -1;
  /// When the part that has a total began.
  double totalSince = -1;
  int lastTenth = -1;
  bool drawn = false;
};

} // namespace swage::cli

#endif // SWAGE_COMPILER_TOOLS_SWAGE_CONSOLE_H
