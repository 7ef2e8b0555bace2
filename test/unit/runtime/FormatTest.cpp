//===- FormatTest.cpp - The offsets that the documentation states ---------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/schema/saved.h"
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <map>
#include <sstream>
#include <string>

using namespace swage::schema;

namespace {

struct Field {
  unsigned offset, size;
};

/// The table of offset, size and field under a heading of
/// docs/artifact-format.md; what follows a comma in a field is its value.
std::map<std::string, Field> documented(const std::string &heading) {
  std::ifstream file(SWAGE_TEST_DATA "/../docs/artifact-format.md");
  std::map<std::string, Field> fields;
  std::string line;
  while (std::getline(file, line) && line != "## " + heading) {
  }
  while (std::getline(file, line) && line.rfind("## ", 0) != 0) {
    std::istringstream row(line);
    char bar1, bar2, bar3;
    Field field;
    std::string name;
    if (row >> bar1 >> field.offset >> bar2 >> field.size >> bar3 &&
        std::getline(row >> std::ws, name)) {
      name.resize(name.find_first_of(",|"));
      name.resize(name.find_last_not_of(' ') + 1);
      fields[name] = field;
    }
  }
  return fields;
}

/// Checks a field against a header, and takes it from the list.
class Checker {
public:
  Checker(const std::string &heading, const uint8_t *bytes)
      : fields(documented(heading)), bytes(bytes) {}

  void has(const std::string &name, uint64_t value) {
    auto found = fields.find(name);
    ASSERT_NE(found, fields.end()) << name << " is not documented";
    Field field = found->second;
    ASSERT_LE(field.size, 8u);
    EXPECT_EQ(detail::getLittle(bytes + field.offset, int(field.size)), value)
        << name;
    covered += field.size;
    EXPECT_LE(field.offset + field.size, 64u);
    fields.erase(found);
  }
  void ends() {
    EXPECT_EQ(covered, 64u) << "every byte is documented once";
    for (const auto &[name, field] : fields)
      ADD_FAILURE() << name << " is documented, but not checked";
  }
  void isReserved(unsigned size) {
    auto found = fields.find("reserved");
    ASSERT_NE(found, fields.end());
    EXPECT_EQ(found->second.size, size);
    for (unsigned i = 0; i < size; ++i)
      EXPECT_EQ(bytes[found->second.offset + i], 0);
    covered += size;
    fields.erase(found);
  }

private:
  std::map<std::string, Field> fields;
  const uint8_t *bytes;
  unsigned covered = 0;
};

uint64_t magicOf(const char *text) {
  return detail::getLittle(reinterpret_cast<const uint8_t *>(text), 8);
}

} // namespace

TEST(Format, HeaderIsAsDocumented) {
  Header header;
  header.version = 0x01020304;
  header.headerSize = 0x05060708;
  header.fileSize = 0x1112131415161718;
  header.tableOffset = 0x2122232425262728;
  header.tableSize = 0x3132333435363738;
  header.tableChecksum = 0x41424344;
  uint8_t bytes[64];
  writeHeader(header, bytes);
  Checker check("Header", bytes);
  check.has("magic", magicOf(kMagic));
  check.has("schema version", header.version);
  check.has("header size", header.headerSize);
  check.has("size of the file", header.fileSize);
  check.has("offset of the table", header.tableOffset);
  check.has("size of the table", header.tableSize);
  check.has("CRC-32C of the table", header.tableChecksum);
  check.has("CRC-32C of bytes 0 to 59", crc32c(bytes, 60));
  check.isReserved(16);
  check.ends();
}

/// docs/versioning.md names each structure of a header that cannot tell its
/// size, and says whether it may grow.
TEST(Format, StructuresWithoutASizeAreDocumented) {
  std::stringstream policy;
  policy << std::ifstream(SWAGE_TEST_DATA "/../docs/versioning.md").rdbuf();
  size_t found = 0;
  for (const char *folder :
       {"/../runtime/include/swage", "/../compiler/include/swage"})
    for (const auto &entry : std::filesystem::directory_iterator(
             std::string(SWAGE_TEST_DATA) + folder)) {
      if (entry.path().extension() != ".h")
        continue;
      std::ifstream file(entry.path());
      std::string line, first, start = "typedef struct ";
      while (std::getline(file, line)) {
        if (line.rfind(start, 0) != 0 || line.back() != '{' ||
            !std::getline(file, first) ||
            first.find("size_t size;") != std::string::npos)
          continue;
        std::string name = line.substr(start.size());
        name.resize(name.find(' '));
        EXPECT_NE(policy.str().find("`" + name + "`"), std::string::npos)
            << name << " of " << entry.path();
        ++found;
      }
    }
  EXPECT_GT(found, 15u);
}

TEST(Format, SavedHeaderIsAsDocumented) {
  SavedHeader header;
  header.version = 0x01020304;
  header.headerSize = 0x05060708;
  header.size = 0x1112131415161718;
  header.artifactSize = 0x2122232425262728;
  header.artifactChecksum = 0x31323334;
  header.context = 0x41424344;
  header.sequenceCount = 0x51525354;
  header.pageCount = 0x61626364;
  header.indexSize = 0x71727374;
  header.indexChecksum = 0x81828384;
  uint8_t bytes[64];
  writeSavedHeader(header, bytes);
  Checker check("Saved sequences", bytes);
  check.has("magic", magicOf(kSavedMagic));
  check.has("version", header.version);
  check.has("header size", header.headerSize);
  check.has("size of all that is saved", header.size);
  check.has("size of the artifact's file", header.artifactSize);
  check.has("CRC-32C of the artifact's table", header.artifactChecksum);
  check.has("context of the session", header.context);
  check.has("number of sequences", header.sequenceCount);
  check.has("number of pages", header.pageCount);
  check.has("size of the index", header.indexSize);
  check.has("CRC-32C of the index", header.indexChecksum);
  check.has("CRC-32C of bytes 0 to 59", crc32c(bytes, 60));
  check.isReserved(4);
  check.ends();
}
