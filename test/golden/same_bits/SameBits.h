//===- SameBits.h - One result, however it is computed -------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What a model computes for a row depends on the row's past alone. These checks
// compute the same rows in many ways and compare the bits.
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_TEST_GOLDEN_SAME_BITS_SAMEBITS_H
#define SWAGE_TEST_GOLDEN_SAME_BITS_SAMEBITS_H

#include "swage/swage.hpp"
#include <cstdint>
#include <string>
#include <vector>

namespace swage::test {

/// Tokens of one text, and their types, if the model has such.
struct Text {
  std::vector<int32_t> tokens, types;
};

/// Values of some rows, one row behind the other.
using Values = std::vector<float>;

/// Counts comparisons and tells of those that fail.
class Checks {
public:
  /// Compares bits, so that zeros of both signs differ and NaNs are equal.
  void same(const std::string &name, const Values &found, const Values &wanted);
  void same(const std::string &name, const std::vector<Values> &found,
            const std::vector<Values> &wanted);
  /// Tells of a call that failed.
  void succeeded(const std::string &name, const Status &status);

  /// The exit status; nothing compared is a failure, too.
  int finish() const;

private:
  int passed = 0, failed = 0;
};

/// Threads to compute with; the first is the reference.
inline constexpr uint32_t kThreads[] = {1, 2, 3};

/// `modules` has one for each of `kThreads`, or fewer. `quick`: in two ways
/// alone, which use the code of every number of rows, or for encoders one.
void checkDecoder(const std::vector<Module> &modules,
                  const std::vector<Text> &texts, bool quick, Checks &checks);
void checkEncoder(const std::vector<Module> &modules,
                  const std::vector<Text> &texts, bool quick, Checks &checks);

} // namespace swage::test

#endif // SWAGE_TEST_GOLDEN_SAME_BITS_SAMEBITS_H
