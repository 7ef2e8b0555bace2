//===- Module.cpp - swage.Module ------------------------------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Bindings.h"
#include <nanobind/stl/filesystem.h>
#include <nanobind/stl/map.h>

namespace swage::python {
namespace {

struct Weight {
  std::string name, encoding, layout;
  std::vector<uint64_t> shape;
  float bits;
  uint64_t bytes;
};

struct EntryPoint {
  std::string name;
  std::vector<std::string> kvCacheTypes;
  bool wholeSequences;
};

} // namespace

static void load(Module *self, const std::filesystem::path &path,
                 const Device *device) {
  nb::gil_scoped_release release;
  Status status;
  Device own;
  if (!device)
    own = Device::open({}, status);
  Module module = Module::load(device ? *device : own, path.c_str(), status);
  check(status);
  new (self) Module(std::move(module));
}

static void verify(const Module &module) {
  nb::gil_scoped_release release;
  Status status;
  swage_module_verify(module.get(), status.get());
  check(status);
}

static std::vector<Weight> weights(const Module &module) {
  std::vector<Weight> result;
  for (size_t i = 0; i < module.info().weight_count; ++i) {
    swage_weight_info_t info;
    swage_status_t status;
    check(swage_module_weight(module.get(), i, &info, &status), status);
    result.push_back({info.name,
                      info.encoding,
                      info.layout,
                      {info.shape, info.shape + info.rank},
                      info.bits,
                      info.bytes});
  }
  return result;
}

static std::vector<EntryPoint> entryPoints(const Module &module) {
  std::vector<EntryPoint> result;
  for (size_t i = 0; i < module.info().entry_point_count; ++i) {
    swage_entry_point_info_t info;
    swage_status_t status;
    check(swage_module_entry_point(module.get(), i, &info, &status), status);
    result.push_back(
        {info.name,
         {info.kv_cache_types, info.kv_cache_types + info.kv_cache_type_count},
         info.whole_sequences != 0});
  }
  return result;
}

static std::map<std::string, std::string> metadata(const Module &module) {
  std::map<std::string, std::string> result;
  for (size_t i = 0;
       const char *key = swage_module_metadata_key(module.get(), i); ++i)
    result[key] = swage_module_metadata(module.get(), key);
  return result;
}

static std::vector<std::string> sections(const Module &module) {
  std::vector<std::string> result;
  for (size_t i = 0;
       const char *name = swage_module_section_name(module.get(), i); ++i)
    result.emplace_back(name);
  return result;
}

static nb::ndarray<nb::numpy, const uint8_t, nb::ndim<1>>
section(nb::pointer_and_handle<Module> self, const std::string &name) {
  Status status;
  std::string_view bytes = self.p->section(name.c_str(), status);
  check(status);
  return {bytes.data(), {bytes.size()}, self.h};
}

static std::vector<int32_t> eosTokens(const Module &module) {
  const swage_module_info_t &info = module.info();
  return {info.eos_tokens, info.eos_tokens + info.eos_token_count};
}

static std::optional<int32_t> bosToken(const Module &module) {
  int32_t token = module.info().bos_token;
  return token < 0 ? std::nullopt : std::optional<int32_t>(token);
}

static void bindParts(nb::module_ &m) {
  nb::class_<Weight>(m, "Weight", "A weight as an artifact stores it.")
      .def_ro("name", &Weight::name)
      .def_ro("shape", &Weight::shape, "Logical shape.")
      .def_ro("encoding", &Weight::encoding, "Logical encoding, ``bf16``.")
      .def_ro("layout", &Weight::layout, "Physical layout.")
      .def_ro("bits", &Weight::bits, "Stored bits for each element.")
      .def_ro("bytes", &Weight::bytes)
      .def("__repr__", [](const Weight &self) {
        return "<swage.Weight " + self.name + " " + self.encoding + ">";
      });
  nb::class_<EntryPoint>(m, "EntryPoint", "A function that a session can call.")
      .def_ro("name", &EntryPoint::name)
      .def_ro("kv_cache_types", &EntryPoint::kvCacheTypes,
              "Cache types that it has code for, the default first.")
      .def_ro("whole_sequences", &EntryPoint::wholeSequences,
              "True if it encodes whole texts, false if it appends to "
              "sequences.")
      .def("__repr__", [](const EntryPoint &self) {
        return "<swage.EntryPoint " + self.name + ">";
      });
}

/// A property of swage_module_info_t.
template <auto field> static auto info(const Module &self) {
  return self.info().*field;
}

nb::class_<Module> bindModule(nb::module_ &m) {
  bindParts(m);
  return nb::class_<Module>(
             m, "Module",
             "A loaded artifact: code, schedule and weights.\n\n"
             "It does not change, so any number of threads may use it.")
      .def("__init__", &load, nb::arg("path"), nb::kw_only(),
           nb::arg("device").none() = nb::none(),
           nb::sig("def __init__(self, path: str | os.PathLike[str], *, "
                   "device: Device | None = None) -> None"),
           "Maps an artifact and picks the code for this processor. Without a "
           "device, one with all processors is opened.")
      .def_prop_ro("producer", &info<&swage_module_info_t::producer>,
                   "Version of the compiler that wrote it.")
      .def_prop_ro("architecture", &info<&swage_module_info_t::architecture>,
                   "Such as ``llama``.")
      .def_prop_ro("target", &info<&swage_module_info_t::target>,
                   "The target of the code in use.")
      .def_prop_ro("schema_version",
                   &info<&swage_module_info_t::schema_version>,
                   "Version of the artifact's schema.")
      .def_prop_ro("vocab_size", &info<&swage_module_info_t::vocab_size>,
                   "Number of tokens.")
      .def_prop_ro("max_positions", &info<&swage_module_info_t::max_positions>,
                   "The longest sequence.")
      .def_prop_ro("token_types", &info<&swage_module_info_t::token_types>,
                   "Types that tokens may have; 0 if they have none.")
      .def_prop_ro("code_bytes", &info<&swage_module_info_t::code_bytes>,
                   "Size of the code in use.")
      .def_prop_ro(
          "weight_bytes",
          [](const Module &self) {
            return swage_module_weight_bytes(self.get());
          },
          "Size of all packed weights.")
      .def_prop_ro("bos_token", &bosToken, "The token that begins a text.")
      .def_prop_ro("eos_tokens", &eosTokens, "The tokens that end a text.")
      .def_prop_ro("weights", &weights, "All weights.")
      .def_prop_ro("entry_points", &entryPoints, "What sessions can call.")
      .def_prop_ro("metadata", &metadata, "What the compiler noted.")
      .def_prop_ro("sections", &sections, "Names of the sections.")
      .def("section", &section, nb::arg("name"),
           "The bytes of a section as a read-only view.")
      .def("verify", &verify,
           "Reads every weight and compares its checksum; raises an Error if "
           "one is damaged.")
      .def("__repr__", [](const Module &self) {
        return "<swage.Module " + std::string(self.info().architecture) +
               " for " + self.info().target + ">";
      });
}

} // namespace swage::python
