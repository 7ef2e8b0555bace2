//===- CpuFeatures.h - What this processor can do, in LLVM's words --------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_RUNTIME_DRIVERS_CPU_CPUFEATURES_H
#define SWAGE_RUNTIME_DRIVERS_CPU_CPUFEATURES_H

#include <cstddef>

namespace swage::runtime {

/// A feature and whether processor and operating system have it.
struct CpuFeature {
  const char *name;
  bool present;
};

/// The features that executables may ask for on this architecture.
class CpuFeatures {
public:
  CpuFeatures();

  bool has(const char *name) const;
  const CpuFeature *begin() const { return features; }
  const CpuFeature *end() const { return features + count; }
  /// The processor's own name.
  const char *processor() const { return name; }

private:
  void add(const char *feature, bool present);

  static constexpr size_t kLimit = 64;
  CpuFeature features[kLimit];
  size_t count = 0;
  char name[64] = "unknown processor";
};

/// Asks the system for the right to use a feature that needs one (AMX tiles).
/// False if it is denied.
bool permitFeature(const char *feature);

} // namespace swage::runtime

#endif // SWAGE_RUNTIME_DRIVERS_CPU_CPUFEATURES_H
