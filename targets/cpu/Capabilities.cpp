//===- Capabilities.cpp - The table of CPU targets ------------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "targets/cpu/Capabilities.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/TargetParser/Host.h"
#include "llvm/TargetParser/Triple.h"
#include <optional>

using namespace llvm;

namespace swage::cpu {
namespace {

/// One row of the table: an ISA level.
struct Level {
  StringRef name, triple, cpu;
  /// What the loader checks for the level itself.
  StringRef required;
  int64_t lanes, vectorRegisters, l1Bytes, l2Bytes, prefetchBytes;
};

/// Ordered from the least to the most capable of an architecture.
constexpr Level kLevels[] = {
    {"aarch64", "aarch64-unknown-linux-gnu", "generic", "neon", 4, 32, 64 << 10,
     512 << 10, 2048},
    {"x86-64-v3", "x86_64-unknown-linux-gnu", "x86-64-v3",
     "avx avx2 bmi bmi2 f16c fma lzcnt movbe popcnt sse4.2", 8, 16, 32 << 10,
     512 << 10, 2048},
    {"x86-64-v4", "x86_64-unknown-linux-gnu", "x86-64-v4",
     "avx avx2 avx512bw avx512cd avx512dq avx512f avx512vl bmi bmi2 f16c fma "
     "lzcnt movbe popcnt sse4.2",
     16, 32, 48 << 10, 1 << 20, 2048},
};

/// A feature that may follow a level, and the level it needs.
struct Feature {
  StringRef name, level;
};

constexpr Feature kFeatures[] = {
    {"bf16", "aarch64"},         {"dotprod", "aarch64"},
    {"i8mm", "aarch64"},         {"avxvnni", "x86-64-v3"},
    {"amx-bf16", "x86-64-v4"},   {"amx-int8", "x86-64-v4"},
    {"avx512bf16", "x86-64-v4"}, {"avx512vbmi", "x86-64-v4"},
    {"avx512vnni", "x86-64-v4"}, {"avxvnni", "x86-64-v4"},
};

std::string knownLevels() {
  SmallVector<StringRef> names;
  for (const Level &level : kLevels)
    names.push_back(level.name);
  return join(names, ", ");
}

std::string knownFeatures(StringRef level) {
  SmallVector<StringRef> names;
  for (const Feature &feature : kFeatures)
    if (feature.level == level)
      names.push_back(feature.name);
  return join(names, ", ");
}

const Level *findLevel(StringRef name) {
  const Level *it =
      find_if(kLevels, [&](const Level &l) { return l.name == name; });
  return it == std::end(kLevels) ? nullptr : it;
}

bool hasFeature(const Level &level, StringRef name) {
  return any_of(kFeatures, [&](const Feature &f) {
    return f.level == level.name && f.name == name;
  });
}

Capabilities make(const Level &level, ArrayRef<std::string> extra) {
  Capabilities caps;
  caps.name = ("cpu:" + level.name).str();
  caps.triple = level.triple.str();
  caps.cpu = level.cpu.str();
  SmallVector<StringRef> base;
  level.required.split(base, ' ');
  for (StringRef name : base)
    caps.required.push_back(name.str());
  for (const std::string &name : extra) {
    caps.name += "+" + name;
    caps.features += (caps.features.empty() ? "+" : ",+") + name;
    caps.required.push_back(name);
  }
  caps.hasMatrixTiles = is_contained(extra, "amx-bf16");
  caps.hasInt8Tiles = is_contained(extra, "amx-int8");
  bool hasTiles = caps.hasMatrixTiles || caps.hasInt8Tiles;
  if (hasTiles)
    caps.required.push_back("amx-tile");
  sort(caps.required);
  caps.lanes = level.lanes;
  caps.vectorRegisters = level.vectorRegisters;
  caps.hasBf16Dot =
      is_contained(extra, "avx512bf16") || is_contained(extra, "bf16");
  // Each of the two serves the registers that its level has.
  caps.int8Dot =
      is_contained(extra, level.lanes == 16 ? "avx512vnni" : "avxvnni")
          ? Int8Dot::Vnni
      : is_contained(extra, "i8mm")    ? Int8Dot::UsDot
      : is_contained(extra, "dotprod") ? Int8Dot::SDot
                                       : Int8Dot::None;
  // It comes with the dot product.
  caps.hasBf16Convert = caps.hasBf16Dot;
  // All levels of the table have it: F16C, AVX-512 or Advanced SIMD.
  caps.hasF16Convert = true;
  caps.l1Bytes = level.l1Bytes;
  // All processors with tile registers have at least 2 MiB.
  caps.l2Bytes = hasTiles ? 2 << 20 : level.l2Bytes;
  caps.prefetchBytes = level.prefetchBytes;
  return caps;
}

/// The most capable level that the host has, with the features it has.
Expected<Capabilities> resolveHost() {
  StringMap<bool> host = sys::getHostCPUFeatures();
  Triple triple(sys::getProcessTriple());
  auto lacks = [&](const Level &level) {
    SmallVector<StringRef> names, missing;
    level.required.split(names, ' ');
    for (StringRef name : names)
      if (!host.lookup(name))
        missing.push_back(name);
    return join(missing, ", ");
  };
  std::string missing;
  for (const Level &level : reverse(kLevels)) {
    if (Triple(level.triple).getArch() != triple.getArch())
      continue;
    missing = lacks(level);
    if (!missing.empty())
      continue;
    SmallVector<std::string> extra;
    for (const Feature &feature : kFeatures)
      if (feature.level == level.name && host.lookup(feature.name))
        extra.push_back(feature.name.str());
    sort(extra);
    return make(level, extra);
  }
  return createStringError(
      "target 'cpu': this host (%s) has none of the known levels (%s)%s%s; "
      "compile for an explicit target and run it elsewhere",
      triple.str().c_str(), knownLevels().c_str(),
      missing.empty() ? "" : ", it lacks ", missing.c_str());
}

} // namespace

Expected<Capabilities> Capabilities::parse(StringRef target) {
  if (target == "cpu")
    return resolveHost();
  StringRef spec = target;
  if (!spec.consume_front("cpu:"))
    return createStringError(
        "target '%s' is not a CPU target; expected 'cpu' or 'cpu:LEVEL' with "
        "LEVEL one of %s",
        target.str().c_str(), knownLevels().c_str());
  SmallVector<StringRef> names;
  spec.split(names, '+');
  const Level *level = findLevel(names.front());
  if (!level)
    return createStringError(
        "target '%s': unknown CPU level '%s'; known are %s",
        target.str().c_str(), names.front().str().c_str(),
        knownLevels().c_str());
  SmallVector<std::string> extra;
  for (StringRef name : drop_begin(names)) {
    if (!hasFeature(*level, name))
      return createStringError(
          "target '%s': unknown feature '%s' of %s; known are %s",
          target.str().c_str(), name.str().c_str(), level->name.str().c_str(),
          knownFeatures(level->name).c_str());
    extra.push_back(name.str());
  }
  sort(extra);
  extra.erase(llvm::unique(extra), extra.end());
  return make(*level, extra);
}

} // namespace swage::cpu
