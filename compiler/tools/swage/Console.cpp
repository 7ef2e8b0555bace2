//===- Console.cpp - What the commands print, and how they fail -----------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/tools/swage/Console.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"
#include <cmath>
#include <cstdio>
#include <unistd.h>

using namespace swage;
using namespace swage::cli;

void cli::failWork(const llvm::Twine &message) {
  throw Failure(Failure::Work, message);
}

void cli::failCall(const llvm::Twine &message) {
  throw Failure(Failure::Call, message);
}

void cli::check(const Status &status, const llvm::Twine &what) {
  if (!status)
    failWork(what + ": " + status.message());
}

void cli::warn(const llvm::Twine &message) {
  llvm::errs() << "swage: warning: " << message << '\n';
}

void cli::note(const llvm::Twine &message) { llvm::errs() << message << '\n'; }

llvm::json::Value cli::jsonNumber(double value) {
  return std::isfinite(value) ? llvm::json::Value(value)
                              : llvm::json::Value(nullptr);
}

void cli::printJson(llvm::json::Object object) {
  llvm::outs() << llvm::json::Value(std::move(object)) << '\n';
  llvm::outs().flush();
}

std::string cli::formatBytes(uint64_t bytes) {
  static const char *const units[] = {"bytes", "kB", "MB", "GB", "TB"};
  double value = double(bytes);
  size_t unit = 0;
  for (; value >= 1000 && unit + 1 < std::size(units); ++unit)
    value /= 1000;
  std::string text;
  llvm::raw_string_ostream os(text);
  os << llvm::format(unit == 0 || value >= 100 ? "%.0f " : "%.1f ", value)
     << units[unit];
  return text;
}

Progress::Progress(llvm::StringRef title)
    : title(title.str()), terminal(isatty(STDERR_FILENO)) {}

Progress::~Progress() {
  if (drawn)
    llvm::errs() << "\r\x1b[K";
}

void Progress::update(llvm::StringRef what, uint64_t done, uint64_t total,
                      llvm::StringRef amount) {
  double now = watch.seconds();
  if (total && totalSince < 0)
    totalSince = now;
  int tenth = total ? int(done * 10 / total) : -1;
  // Ten times a second is as fast as eyes are.
  bool due = terminal ? now - lastDrawn > 0.1 : !total || tenth != lastTenth;
  if (!due)
    return;
  lastDrawn = now;
  lastTenth = tenth;

  std::string line;
  llvm::raw_string_ostream os(line);
  os << title << ": " << what;
  if (!amount.empty())
    os << ", " << amount;
  if (total && done && done < total) {
    double left = (now - totalSince) * double(total - done) / double(done);
    os << llvm::format(", %.0f s left", left);
  }
  if (terminal) {
    drawn = true;
    llvm::errs() << '\r' << line << "\x1b[K";
  } else {
    llvm::errs() << line << '\n';
  }
}
