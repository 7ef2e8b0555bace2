//===- LoaderTest.cpp - What is loaded, and what is refused ---------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Fixture.h"
#include "runtime/schema/header.h"
#include <cstdio>
#include <cstring>
#include <elf.h>
#include <fstream>
#include <sys/stat.h>
#include <unistd.h>

using namespace toy;

namespace {

class Loader : public Runtime {
protected:
  ~Loader() override { unlink(path.c_str()); }

  /// Loads the bytes through a file.
  std::string fileMessage(const std::vector<uint8_t> &bytes) {
    std::ofstream(path, std::ios::binary)
        .write(reinterpret_cast<const char *>(bytes.data()),
               std::streamsize(bytes.size()));
    return pathMessage(path.c_str());
  }

  std::string pathMessage(const char *name) {
    if (!device)
      openDevice();
    swage_module_t *loaded = nullptr;
    swage_module_load_file(device, name, &loaded, &status);
    swage_module_destroy(loaded);
    return status.message;
  }

  std::string path =
      testing::TempDir() + "swage_loader_" + std::to_string(getpid()) + ".swg";
};

/// A sound file whose header says something else.
std::vector<uint8_t> withHeader(void (*change)(Header &)) {
  std::vector<uint8_t> bytes = Model().write();
  Header header = readHeader(bytes.data());
  change(header);
  writeHeader(header, bytes.data());
  return bytes;
}

} // namespace

TEST_F(Loader, TellsWhatIsInTheArtifact) {
  Model model;
  openDevice();
  load(model);
  const swage_module_info_t *info = swage_module_info(module);
  EXPECT_STREQ(info->producer, "test");
  EXPECT_STREQ(info->architecture, "toy");
  EXPECT_STREQ(info->target, "cpu:host");
  EXPECT_EQ(info->schema_version, 1u);
  EXPECT_EQ(info->vocab_size, 50u);
  EXPECT_EQ(info->max_positions, 64u);
  EXPECT_EQ(info->page_positions, 4u);
  EXPECT_EQ(info->bos_token, 1);
  ASSERT_EQ(info->eos_token_count, 2u);
  EXPECT_EQ(info->eos_tokens[1], 3);
  EXPECT_EQ(info->kernel_count, 4u);
  EXPECT_EQ(info->code_bytes, kernelElf().size());
  EXPECT_EQ(swage_module_weight_bytes(module), 50u * 16 * 4);

  swage_weight_info_t weight;
  ASSERT_EQ(swage_module_weight(module, 0, &weight, &status), SWAGE_OK);
  EXPECT_STREQ(weight.name, "table");
  ASSERT_EQ(weight.rank, 2u);
  EXPECT_EQ(weight.shape[0], 50u);
  EXPECT_STREQ(weight.encoding, "f32");
  EXPECT_STREQ(weight.layout, "row_major");
  EXPECT_EQ(weight.bits, 32.0f);
  EXPECT_EQ(swage_module_weight(module, 1, &weight, &status), SWAGE_NOT_FOUND);
  EXPECT_STREQ(status.message, "have weight index 1, require less than 1");

  swage_entry_point_info_t entry;
  ASSERT_EQ(swage_module_entry_point(module, 0, &entry, &status), SWAGE_OK);
  EXPECT_STREQ(entry.name, "forward");
  ASSERT_EQ(entry.kv_cache_type_count, 2u);
  EXPECT_STREQ(entry.kv_cache_types[0], "f32");
  EXPECT_STREQ(entry.kv_cache_types[1], "f16");
  EXPECT_EQ(swage_module_entry_point(module, 1, &entry, &status),
            SWAGE_NOT_FOUND);

  const void *data;
  size_t size;
  ASSERT_EQ(swage_module_section(module, "tokenizer", &data, &size, &status),
            SWAGE_OK);
  EXPECT_EQ(std::string(static_cast<const char *>(data), size), "abc");
  EXPECT_EQ(swage_module_section(module, "x", &data, &size, &status),
            SWAGE_NOT_FOUND);
  EXPECT_STREQ(status.message, "the artifact has no section 'x'");
  EXPECT_STREQ(swage_module_section_name(module, 0), "tokenizer");
  EXPECT_EQ(swage_module_section_name(module, 1), nullptr);
  EXPECT_STREQ(swage_module_metadata_key(module, 0), "license");
  EXPECT_STREQ(swage_module_metadata(module, "license"), "none");
  EXPECT_EQ(swage_module_metadata(module, "x"), nullptr);
  EXPECT_EQ(swage_module_verify(module, &status), SWAGE_OK);
}

TEST_F(Loader, LoadsFromAFile) {
  EXPECT_EQ(fileMessage(Model().write()), "");
  ASSERT_EQ(swage_module_load_file(device, path.c_str(), &module, &status),
            SWAGE_OK);
  openSession(sessionOptions());
  EXPECT_EQ(run(newSequence(), {7})[0], expectedLogit({7}, 0, 0));
}

TEST_F(Loader, RefusesPaths) {
  EXPECT_EQ(pathMessage("/nonexistent/model.swg"),
            "cannot open '/nonexistent/model.swg': No such file or directory");
  EXPECT_EQ(status.code, SWAGE_NOT_FOUND);
  EXPECT_EQ(pathMessage("/"), "'/' is not a regular file");
  EXPECT_EQ(status.code, SWAGE_IO);
}

/// The reason is there however long the path.
TEST_F(Loader, ShortensLongPaths) {
  std::string longest = "/nonexistent/" + std::string(400, 'x') + "/model.swg";
  std::string message = pathMessage(longest.c_str());
  EXPECT_EQ(message.find("cannot open '/nonexistent/xxx"), 0u) << message;
  EXPECT_NE(message.find("xxx...xxx"), std::string::npos) << message;
  EXPECT_NE(message.find("xxx/model.swg': "), std::string::npos) << message;
  // The system looks at the length of names, or that there is no such folder.
  EXPECT_TRUE(message.find("': No such file") != std::string::npos ||
              message.find("': File name too long") != std::string::npos)
      << message;
}

/// Opening one would wait for a writer.
TEST_F(Loader, RefusesPipesAtOnce) {
  ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);
  EXPECT_EQ(pathMessage(path.c_str()), "'" + path + "' is not a regular file");
  EXPECT_EQ(status.code, SWAGE_IO);
}

TEST_F(Loader, RefusesOtherFiles) {
  std::vector<uint8_t> other(128, 'x');
  EXPECT_EQ(fileMessage(other),
            "not an artifact: the file does not start with 'SWAGEART'");
  EXPECT_EQ(status.code, SWAGE_DATA_LOSS);
  EXPECT_EQ(fileMessage({1, 2, 3}),
            "have a file of 3 bytes, require at least 64 for the header");
}

TEST_F(Loader, RefusesUnalignedMemory) {
  openDevice();
  alignas(256) char bytes[512] = {};
  EXPECT_EQ(swage_module_load_memory(device, bytes + 1, 256, &module, &status),
            SWAGE_INVALID_ARGUMENT);
  EXPECT_NE(strstr(status.message, "require a multiple of 256"), nullptr);
  EXPECT_EQ(swage_module_load_memory(device, bytes, 3, &module, &status),
            SWAGE_DATA_LOSS);
  EXPECT_STREQ(status.message,
               "have 3 bytes, require at least 64 for the header");
}

TEST_F(Loader, RefusesHeaders) {
  EXPECT_EQ(loadMessage(withHeader([](Header &h) { h.version = 2; })),
            "have schema version 2, require 1, which this runtime reads; "
            "update the runtime");
  EXPECT_EQ(status.code, SWAGE_UNSUPPORTED);
  EXPECT_EQ(loadMessage(withHeader([](Header &h) { h.version = 0; })),
            "have schema version 0, require 1, which this runtime reads; "
            "compile the model again");
  EXPECT_EQ(status.code, SWAGE_UNSUPPORTED);
  EXPECT_EQ(loadMessage(withHeader([](Header &h) { h.headerSize = 72; })),
            "have header size 72 and table offset 64, require 64 and 64");
  EXPECT_EQ(loadMessage(withHeader([](Header &h) {
              h.fileSize = 100;
            })).substr(0, 15),
            "have a file of ");
  EXPECT_EQ(loadMessage(withHeader([](Header &h) {
              h.tableSize = 1u << 30;
            })).substr(0, 32),
            "have a table of 1073741824 bytes");
  EXPECT_NE(loadMessage(withHeader([](Header &h) {
              h.tableChecksum = 1;
            })).find("require 00000001"),
            std::string::npos);
}

TEST_F(Loader, LogsWhatItChose) {
  std::vector<std::string> lines;
  swage_device_options_t options = swage_device_options_default();
  options.logger = {
      &lines, [](void *self, swage_log_level_t, const char *message) {
        static_cast<std::vector<std::string> *>(self)->push_back(message);
      }};
  ASSERT_EQ(swage_device_create(&options, &device, &status), SWAGE_OK);
  Model model;
  auto better = std::make_unique<ExecutableT>(*model.program().executables[0]);
  better->target = "cpu:better";
  better->features = {"no-such-feature"};
  auto &list = model.program().executables;
  list.insert(list.begin(), std::move(better));
  load(model);
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_EQ(lines[0], "cannot use executable 'cpu:better' here, it needs "
                      "no-such-feature");
  EXPECT_EQ(lines[1], "loaded toy for cpu:host: 3200 bytes of weights, " +
                          std::to_string(kernelElf().size()) + " of code");
}
