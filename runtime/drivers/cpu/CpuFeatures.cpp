//===- CpuFeatures.cpp - What this processor can do, in LLVM's words ------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/drivers/cpu/CpuFeatures.h"
#include <cstdint>
#include <cstring>
#include <sys/syscall.h>
#include <unistd.h>
#if defined(__x86_64__)
#include <cpuid.h>
#elif defined(__aarch64__)
#include <asm/hwcap.h>
#include <sys/auxv.h>
#endif

namespace swage::runtime {

void CpuFeatures::add(const char *feature, bool present) {
  if (count < kLimit)
    features[count++] = {feature, present};
}

bool CpuFeatures::has(const char *feature) const {
  for (const CpuFeature &f : *this)
    if (strcmp(f.name, feature) == 0)
      return f.present;
  return false;
}

#if defined(__x86_64__)

namespace {

/// Where cpuid reports a feature, and which register state the operating
/// system must save for it (bits of XCR0).
struct X86Feature {
  const char *name;
  uint32_t leaf, subleaf;
  char reg; ///< a, b, c or d
  int bit;
  uint64_t state;
};

constexpr uint64_t kAvx = 0x6, kAvx512 = 0xe6, kAmx = 0x60000;

constexpr X86Feature kX86Features[] = {
    {"cx8", 1, 0, 'd', 8, 0},
    {"cmov", 1, 0, 'd', 15, 0},
    {"mmx", 1, 0, 'd', 23, 0},
    {"fxsr", 1, 0, 'd', 24, 0},
    {"sse", 1, 0, 'd', 25, 0},
    {"sse2", 1, 0, 'd', 26, 0},
    {"sse3", 1, 0, 'c', 0, 0},
    {"pclmul", 1, 0, 'c', 1, 0},
    {"ssse3", 1, 0, 'c', 9, 0},
    {"fma", 1, 0, 'c', 12, kAvx},
    {"cx16", 1, 0, 'c', 13, 0},
    {"sse4.1", 1, 0, 'c', 19, 0},
    {"sse4.2", 1, 0, 'c', 20, 0},
    {"movbe", 1, 0, 'c', 22, 0},
    {"popcnt", 1, 0, 'c', 23, 0},
    {"aes", 1, 0, 'c', 25, 0},
    {"xsave", 1, 0, 'c', 27, 0},
    {"avx", 1, 0, 'c', 28, kAvx},
    {"f16c", 1, 0, 'c', 29, kAvx},
    {"sahf", 0x80000001, 0, 'c', 0, 0},
    {"lzcnt", 0x80000001, 0, 'c', 5, 0},
    {"prfchw", 0x80000001, 0, 'c', 8, 0},
    {"bmi", 7, 0, 'b', 3, 0},
    {"avx2", 7, 0, 'b', 5, kAvx},
    {"bmi2", 7, 0, 'b', 8, 0},
    {"avx512f", 7, 0, 'b', 16, kAvx512},
    {"avx512dq", 7, 0, 'b', 17, kAvx512},
    {"avx512ifma", 7, 0, 'b', 21, kAvx512},
    {"avx512cd", 7, 0, 'b', 28, kAvx512},
    {"avx512bw", 7, 0, 'b', 30, kAvx512},
    {"avx512vl", 7, 0, 'b', 31, kAvx512},
    {"avx512vbmi", 7, 0, 'c', 1, kAvx512},
    {"avx512vbmi2", 7, 0, 'c', 6, kAvx512},
    {"gfni", 7, 0, 'c', 8, 0},
    {"vaes", 7, 0, 'c', 9, kAvx},
    {"vpclmulqdq", 7, 0, 'c', 10, kAvx},
    {"avx512vnni", 7, 0, 'c', 11, kAvx512},
    {"avx512bitalg", 7, 0, 'c', 12, kAvx512},
    {"avx512vpopcntdq", 7, 0, 'c', 14, kAvx512},
    {"amx-bf16", 7, 0, 'd', 22, kAmx},
    {"avx512fp16", 7, 0, 'd', 23, kAvx512},
    {"amx-tile", 7, 0, 'd', 24, kAmx},
    {"amx-int8", 7, 0, 'd', 25, kAmx},
    {"avxvnni", 7, 1, 'a', 4, kAvx},
    {"avx512bf16", 7, 1, 'a', 5, kAvx512},
    {"amx-fp16", 7, 1, 'a', 21, kAmx},
    {"avxifma", 7, 1, 'a', 23, kAvx},
    {"avxvnniint8", 7, 1, 'd', 4, kAvx},
    {"avxneconvert", 7, 1, 'd', 5, kAvx},
};

/// The register of a cpuid leaf; 0 where there is no such leaf.
uint32_t cpuid(uint32_t leaf, uint32_t subleaf, char reg) {
  uint32_t a, b, c, d;
  if (!__get_cpuid_count(leaf, subleaf, &a, &b, &c, &d))
    return 0;
  return reg == 'a' ? a : reg == 'b' ? b : reg == 'c' ? c : d;
}

/// Register states that the operating system saves.
uint64_t savedState() {
  constexpr uint32_t kOsxsave = 1u << 27;
  if (!(cpuid(1, 0, 'c') & kOsxsave))
    return 0;
  uint32_t low, high;
  asm volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return uint64_t(high) << 32 | low;
}

} // namespace

CpuFeatures::CpuFeatures() {
  uint64_t saved = savedState();
  for (const X86Feature &f : kX86Features)
    add(f.name, (cpuid(f.leaf, f.subleaf, f.reg) >> f.bit & 1) &&
                    (saved & f.state) == f.state);
  if (cpuid(0x80000000, 0, 'a') < 0x80000004)
    return;
  char text[49] = {};
  for (uint32_t i = 0; i < 12; ++i) {
    uint32_t four = cpuid(0x80000002 + i / 4, 0, "abcd"[i % 4]);
    memcpy(text + 4 * i, &four, 4);
  }
  const char *start = text + strspn(text, " ");
  memcpy(name, start, strlen(start) + 1);
}

bool permitFeature(const char *feature) {
  if (strncmp(feature, "amx-", 4) != 0)
    return true;
  constexpr long kRequestPermission = 0x1023, kTileData = 18;
  return syscall(SYS_arch_prctl, kRequestPermission, kTileData) == 0;
}

#elif defined(__aarch64__)

CpuFeatures::CpuFeatures() {
  unsigned long low = getauxval(AT_HWCAP), high = getauxval(AT_HWCAP2);
  struct {
    const char *name;
    unsigned long present;
  } const all[] = {
      {"fp-armv8", low & HWCAP_FP},      {"neon", low & HWCAP_ASIMD},
      {"aes", low & HWCAP_AES},          {"sha2", low & HWCAP_SHA2},
      {"crc", low & HWCAP_CRC32},        {"lse", low & HWCAP_ATOMICS},
      {"fullfp16", low & HWCAP_ASIMDHP}, {"rdm", low & HWCAP_ASIMDRDM},
      {"dotprod", low & HWCAP_ASIMDDP},  {"fp16fml", low & HWCAP_ASIMDFHM},
      {"sve", low & HWCAP_SVE},          {"sve2", high & HWCAP2_SVE2},
      {"i8mm", high & HWCAP2_I8MM},      {"bf16", high & HWCAP2_BF16},
  };
  for (const auto &f : all)
    add(f.name, f.present != 0);
  strcpy(name, "AArch64");
}

bool permitFeature(const char *) { return true; }

#else
#error "the CPU driver knows x86-64 and AArch64"
#endif

} // namespace swage::runtime
