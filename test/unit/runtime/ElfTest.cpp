//===- ElfTest.cpp - Code that is not what the driver maps is refused -----===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Fixture.h"
#include <cstring>
#include <elf.h>

using namespace toy;

namespace {

class Elf : public Runtime {
protected:
  /// What loading says when the code has been changed.
  template <typename Change> std::string after(Change change) {
    Model model;
    change(model.segments[0]);
    return loadMessage(model);
  }

  static Elf64_Ehdr &header(std::vector<uint8_t> &elf) {
    return *reinterpret_cast<Elf64_Ehdr *>(elf.data());
  }

  /// The n-th program header of a type with all of the flags.
  static Elf64_Phdr &segment(std::vector<uint8_t> &elf, uint32_t type,
                             uint32_t flags = 0) {
    auto *all =
        reinterpret_cast<Elf64_Phdr *>(elf.data() + header(elf).e_phoff);
    for (int i = 0; i < header(elf).e_phnum; ++i)
      if (all[i].p_type == type && (all[i].p_flags & flags) == flags)
        return all[i];
    ADD_FAILURE() << "no segment of type " << type;
    return all[0];
  }
};

} // namespace

TEST_F(Elf, HeaderIsChecked) {
  EXPECT_EQ(after([](auto &elf) { elf.resize(20); }),
            "have code of 20 bytes, require at least 64 for an ELF header");
  EXPECT_EQ(after([](auto &elf) { elf[1] = 'X'; }),
            "the code is not a 64-bit little-endian ELF shared object");
  EXPECT_EQ(after([](auto &elf) { header(elf).e_type = ET_EXEC; }),
            "the code is not a 64-bit little-endian ELF shared object");
#if defined(__x86_64__)
  constexpr int machine = EM_X86_64;
#else
  constexpr int machine = EM_AARCH64;
#endif
  std::string wanted =
      "have code for ELF machine 20, require " + std::to_string(machine);
  EXPECT_EQ(after([](auto &elf) {
              header(elf).e_machine = EM_PPC;
            }).substr(0, wanted.size()),
            wanted);
  EXPECT_EQ(status.code, SWAGE_UNSUPPORTED);
  EXPECT_EQ(after([](auto &elf) { header(elf).e_phoff = ~0ull; }).substr(0, 4),
            "have");
  EXPECT_EQ(after([](auto &elf) { header(elf).e_phnum = 0; }),
            "have no ELF load segment, require one");
}

TEST_F(Elf, SegmentsAreChecked) {
  EXPECT_NE(after([](auto &elf) {
              segment(elf, PT_LOAD, PF_X).p_filesz = 1u << 30;
            }).find("have an ELF segment of 1073741824 bytes at "),
            std::string::npos);
  EXPECT_EQ(
      after([](auto &elf) { segment(elf, PT_LOAD, PF_X).p_flags |= PF_W; }),
      "have a writable ELF code segment, require read-only code");
  EXPECT_NE(after([](auto &elf) {
              segment(elf, PT_LOAD, PF_X).p_vaddr = 0;
            }).find("require ascending segments that share no page of "),
            std::string::npos);
  EXPECT_EQ(
      after([](auto &elf) { segment(elf, PT_GNU_STACK).p_type = PT_TLS; }),
      "have ELF segment type 7 in the code, require none");
}

TEST_F(Elf, CodeMustNeedNothing) {
  auto withTag = [this](int64_t tag) {
    return after([&](auto &elf) {
      reinterpret_cast<Elf64_Dyn *>(elf.data() +
                                    segment(elf, PT_DYNAMIC).p_offset)
          ->d_tag = tag;
    });
  };
  EXPECT_EQ(withTag(DT_NEEDED),
            "have an import in the code (dynamic tag 1), require none");
  EXPECT_EQ(withTag(DT_RELA), "have dynamic relocations in the code (dynamic "
                              "tag 7), require none");
  EXPECT_EQ(withTag(DT_INIT_ARRAY), "have initializers in the code (dynamic "
                                    "tag 25), require none");
}

TEST_F(Elf, EveryByteOfTheHeadersMayBeWrong) {
  for (size_t at = 0; at < 64 + 56 * 8; ++at)
    for (uint8_t value : {0x00, 0x7f, 0xff})
      after([&](auto &elf) { elf[at] = value; });
}
