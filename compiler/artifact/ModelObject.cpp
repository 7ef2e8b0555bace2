//===- ModelObject.cpp - An artifact as a relocatable object --------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/artifact/ModelObject.h"
#include "runtime/schema/header.h"
#include "swage/linked.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Object/ELFTypes.h"
#include <cstring>

namespace swage::artifact {
namespace {

using ELF = llvm::object::ELF64LE;
using Word = llvm::support::ulittle64_t;

/// The sections, in the order of their headers.
enum Section : unsigned {
  Null,
  Artifact,
  Model,
  Relocations,
  Symbols,
  Strings,
  StackNote,
  NumSections,
};

/// Symbols in front of those of `kernelTables`; sections are local.
enum Symbol : unsigned { NoSymbol, ArtifactStart, ModelStart, TheModel };

/// As swage_linked_model_t is on every 64-bit machine.
struct LinkedModel {
  Word size, artifact, artifactBytes, executables, executableCount, kernelCount;
};
static_assert(sizeof(LinkedModel) == sizeof(swage_linked_model_t));

template <typename T>
llvm::ArrayRef<uint8_t> bytesOf(const std::vector<T> &values) {
  return {reinterpret_cast<const uint8_t *>(values.data()),
          values.size() * sizeof(T)};
}

/// Fills in the object from its headers on.
class Builder {
public:
  explicit Builder(const ModelObject &object) : object(object) {}

  std::vector<uint8_t> build();

private:
  bool isX86() const { return object.machine == llvm::ELF::EM_X86_64; }
  uint32_t name(llvm::StringRef text);
  void addSymbol(uint32_t name, uint8_t binding, uint8_t type, uint16_t section,
                 uint64_t size, uint8_t visibility = llvm::ELF::STV_DEFAULT);
  void addRelocation(uint64_t offset, uint32_t symbol, uint64_t addend);
  void addSymbols();
  void addModel();
  ELF::Shdr &section(Section which, llvm::StringRef name, uint32_t type,
                     uint64_t flags, uint64_t alignment);
  void place(Section which, llvm::ArrayRef<uint8_t> contents);

  const ModelObject &object;
  std::vector<ELF::Sym> symbols;
  std::vector<ELF::Rela> relocations;
  /// The model, then the address of each table of kernels.
  std::vector<Word> model;
  std::string strings = std::string(1, '\0');
  std::vector<ELF::Shdr> sections{NumSections};
  std::vector<uint8_t> bytes;
};

} // namespace

uint32_t Builder::name(llvm::StringRef text) {
  uint32_t offset = uint32_t(strings.size());
  strings += text;
  strings += '\0';
  return offset;
}

void Builder::addSymbol(uint32_t name, uint8_t binding, uint8_t type,
                        uint16_t section, uint64_t size, uint8_t visibility) {
  ELF::Sym &symbol = symbols.emplace_back();
  std::memset(static_cast<void *>(&symbol), 0, sizeof(symbol));
  symbol.st_name = name;
  symbol.setBindingAndType(binding, type);
  symbol.st_other = visibility;
  symbol.st_shndx = section;
  symbol.st_size = size;
}

void Builder::addRelocation(uint64_t offset, uint32_t symbol, uint64_t addend) {
  ELF::Rela &relocation = relocations.emplace_back();
  relocation.r_offset = offset;
  relocation.setSymbolAndType(symbol,
                              isX86() ? unsigned(llvm::ELF::R_X86_64_64)
                                      : unsigned(llvm::ELF::R_AARCH64_ABS64),
                              /*IsMips64EL=*/false);
  relocation.r_addend = int64_t(addend);
}

void Builder::addSymbols() {
  namespace E = llvm::ELF;
  addSymbol(0, E::STB_LOCAL, E::STT_NOTYPE, 0, 0);
  addSymbol(0, E::STB_LOCAL, E::STT_SECTION, Section::Artifact, 0);
  addSymbol(0, E::STB_LOCAL, E::STT_SECTION, Section::Model, 0);
  addSymbol(name(object.symbol), E::STB_GLOBAL, E::STT_OBJECT, Section::Model,
            sizeof(LinkedModel));
  for (const std::string &table : object.kernelTables)
    addSymbol(name(table), E::STB_GLOBAL, E::STT_NOTYPE, E::SHN_UNDEF, 0,
              E::STV_HIDDEN);
}

void Builder::addModel() {
  LinkedModel linked = {};
  linked.size = sizeof(linked);
  linked.artifactBytes = object.artifactBytes;
  linked.executableCount = object.kernelTables.size();
  linked.kernelCount = object.kernelCount;
  model.resize(sizeof(linked) / sizeof(Word) + object.kernelTables.size());
  std::memcpy(static_cast<void *>(model.data()), &linked, sizeof(linked));
  addRelocation(offsetof(LinkedModel, artifact), ArtifactStart, 0);
  addRelocation(offsetof(LinkedModel, executables), ModelStart, sizeof(linked));
  for (size_t i = 0; i < object.kernelTables.size(); ++i)
    addRelocation(sizeof(linked) + i * sizeof(Word), TheModel + 1 + i, 0);
}

ELF::Shdr &Builder::section(Section which, llvm::StringRef sectionName,
                            uint32_t type, uint64_t flags, uint64_t alignment) {
  ELF::Shdr &header = sections[which];
  header.sh_name = name(sectionName);
  header.sh_type = type;
  header.sh_flags = flags;
  header.sh_addralign = alignment;
  return header;
}

/// Puts contents behind what there is.
void Builder::place(Section which, llvm::ArrayRef<uint8_t> contents) {
  bytes.resize(llvm::alignTo(bytes.size(), 8));
  sections[which].sh_offset = bytes.size();
  sections[which].sh_size = contents.size();
  bytes.insert(bytes.end(), contents.begin(), contents.end());
}

std::vector<uint8_t> Builder::build() {
  namespace E = llvm::ELF;
  std::memset(static_cast<void *>(sections.data()), 0,
              sections.size() * sizeof(ELF::Shdr));
  addSymbols();
  addModel();
  // Weights may be larger than what code can address directly. Those of x86
  // are kept away from code for that; AArch64 has no such section.
  section(Section::Artifact, isX86() ? ".lrodata.swage" : ".rodata.swage",
          E::SHT_PROGBITS,
          E::SHF_ALLOC | (isX86() ? uint64_t(E::SHF_X86_64_LARGE) : 0),
          schema::kSegmentAlignment);
  section(Section::Model, ".data.rel.ro." + object.symbol, E::SHT_PROGBITS,
          E::SHF_ALLOC | E::SHF_WRITE, 8);
  ELF::Shdr &rela = section(Relocations, ".rela.data.rel.ro." + object.symbol,
                            E::SHT_RELA, E::SHF_INFO_LINK, 8);
  rela.sh_link = Symbols;
  rela.sh_info = Section::Model;
  rela.sh_entsize = sizeof(ELF::Rela);
  ELF::Shdr &symtab = section(Symbols, ".symtab", E::SHT_SYMTAB, 0, 8);
  symtab.sh_link = Strings;
  symtab.sh_info = TheModel; // the first that is not local
  symtab.sh_entsize = sizeof(ELF::Sym);
  section(Strings, ".strtab", E::SHT_STRTAB, 0, 1);
  section(StackNote, ".note.GNU-stack", E::SHT_PROGBITS, 0, 1);

  bytes.resize(sizeof(ELF::Ehdr) + sections.size() * sizeof(ELF::Shdr));
  place(Section::Model, bytesOf(model));
  place(Relocations, bytesOf(relocations));
  place(Symbols, bytesOf(symbols));
  place(Strings, llvm::arrayRefFromStringRef(strings));
  place(StackNote, {});
  place(Section::Artifact, {});
  sections[Section::Artifact].sh_size = object.artifactBytes;

  ELF::Ehdr header;
  std::memset(static_cast<void *>(&header), 0, sizeof(header));
  std::memcpy(header.e_ident, E::ElfMagic, 4);
  header.e_ident[E::EI_CLASS] = E::ELFCLASS64;
  header.e_ident[E::EI_DATA] = E::ELFDATA2LSB;
  header.e_ident[E::EI_VERSION] = E::EV_CURRENT;
  header.e_type = E::ET_REL;
  header.e_machine = object.machine;
  header.e_version = E::EV_CURRENT;
  header.e_shoff = sizeof(header);
  header.e_ehsize = sizeof(header);
  header.e_shentsize = sizeof(ELF::Shdr);
  header.e_shnum = uint16_t(sections.size());
  header.e_shstrndx = Strings;
  std::memcpy(bytes.data(), &header, sizeof(header));
  std::memcpy(bytes.data() + sizeof(header), sections.data(),
              sections.size() * sizeof(ELF::Shdr));
  return std::move(bytes);
}

std::vector<uint8_t> makeModelObjectHead(const ModelObject &object) {
  return Builder(object).build();
}

} // namespace swage::artifact
