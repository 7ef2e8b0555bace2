//===- Module.cpp - Loading artifacts and telling what is in them ---------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/core/Module.h"
#include "runtime/schema/header.h"
#include <algorithm>
#include <cstddef>

using namespace swage;
using namespace swage::runtime;
using ull = unsigned long long;

/// The string, or "" for an absent one.
static const char *text(const flatbuffers::String *string) {
  return string ? string->c_str() : "";
}

template <typename T> static uint32_t length(const flatbuffers::Vector<T> *v) {
  return v ? v->size() : 0;
}

//===----------------------------------------------------------------------===//
// Loading
//===----------------------------------------------------------------------===//

/// Code and sections are checked at load, weights by swage_module_verify.
static Code checkSegmentChecksum(const Artifact &artifact, uint32_t index,
                                 swage_status_t *status) {
  const schema::Segment &segment = artifact.segment(index);
  uint32_t checksum =
      schema::crc32c(artifact.segmentData(index), segment.size());
  if (checksum != segment.checksum())
    return fail(status, SWAGE_DATA_LOSS,
                "segment %u: have bytes with checksum %08x, require %08x",
                index, checksum, segment.checksum());
  return SWAGE_OK;
}

static Code checkChecksums(const Artifact &artifact, swage_status_t *status) {
  if (artifact.table().sections())
    for (const schema::Section *section : *artifact.table().sections())
      if (Code code =
              checkSegmentChecksum(artifact, section->segment(), status))
        return code;
  for (const schema::Program *program : *artifact.table().programs())
    for (const schema::Executable *executable : *program->executables())
      if (Code code =
              checkSegmentChecksum(artifact, executable->segment(), status))
        return code;
  return SWAGE_OK;
}

static Code pickProgram(swage_module_t &module, swage_status_t *status) {
  const auto &programs = *module.artifact.table().programs();
  const char *wanted = module.device->driver->name();
  for (const schema::Program *program : programs)
    if (strcmp(program->device()->c_str(), wanted) == 0) {
      module.program = program;
      return module.device->driver->load(module.artifact, *program,
                                         &module.executable, status);
    }
  return fail(status, SWAGE_UNSUPPORTED,
              "have code for %u kinds of device%s%.60s, "
              "require '%s'",
              programs.size(), programs.size() ? ", the first is " : "",
              programs.size() ? programs.Get(0)->device()->c_str() : "",
              wanted);
}

/// Lists each entry point's cache types in the order of its variants.
static bool listEntryPoints(swage_module_t &module) {
  const auto &entries = *module.program->entry_points();
  size_t variants = 0;
  for (const schema::EntryPoint *entry : entries)
    variants += entry->variants()->size();
  if (!module.cacheTypes.allocate(module.host(), variants) ||
      !module.entryPoints.allocate(module.host(), entries.size()))
    return false;
  const char **next = module.cacheTypes.data();
  for (uint32_t i = 0; i < entries.size(); ++i) {
    const char **first = next;
    for (const schema::Variant *variant : *entries.Get(i)->variants()) {
      const char *type = text(variant->kv_cache());
      bool isNew = *type && std::none_of(first, next, [&](const char *known) {
        return strcmp(known, type) == 0;
      });
      if (isNew)
        *next++ = type;
    }
    module.entryPoints[i] = {entries.Get(i)->name()->c_str(), first,
                             size_t(next - first),
                             entries.Get(i)->whole_sequences()};
  }
  return true;
}

static void fillInfo(swage_module_t &module) {
  const schema::Artifact &table = module.artifact.table();
  swage_module_info_t &info = module.info;
  info.producer = text(table.producer());
  info.architecture = text(table.architecture());
  info.target = module.executable->target();
  info.schema_version = schema::kSchemaVersion;
  info.vocab_size = table.vocab_size();
  info.max_positions = table.max_positions();
  info.page_positions = table.page_positions();
  info.bos_token = table.bos_token();
  info.eos_token_count = length(table.eos_tokens());
  info.eos_tokens = info.eos_token_count ? table.eos_tokens()->data() : nullptr;
  info.weight_count = module.program->weights()->size();
  info.section_count = length(table.sections());
  info.metadata_count = length(table.metadata());
  info.entry_point_count = module.entryPoints.size();
  info.kernel_count = module.program->kernels()->size();
  info.code_bytes = module.executable->codeBytes();
  info.token_types = table.token_types();
  for (const schema::Weight *weight : *module.program->weights())
    module.weightBytes += weight->size();
}

/// The rest of loading, once the artifact is open.
static Code finishLoading(swage_module_t &module, swage_status_t *status) {
  if (Code code = checkChecksums(module.artifact, status))
    return code;
  if (Code code = pickProgram(module, status))
    return code;
  if (!listEntryPoints(module))
    return module.host().outOfMemory("a module", status);
  fillInfo(module);
  log(module.host().logger, SWAGE_LOG_INFO,
      "loaded %s for %s: %llu bytes of weights, %llu of code",
      module.info.architecture, module.info.target, ull(module.weightBytes),
      ull(module.info.code_bytes));
  return SWAGE_OK;
}

/// Makes a module; `open` opens its artifact.
template <typename Open>
static Code loadModule(swage_device_t *device, swage_module_t **result,
                       swage_status_t *status, Open open) {
  if (!device || !result)
    return fail(status, SWAGE_INVALID_ARGUMENT, "have no %s",
                device ? "out_module" : "device");
  auto *module = create<swage_module_t>(device->host);
  if (!module)
    return device->host.outOfMemory("a module", status);
  module->device = device;
  Code code = open(module->artifact);
  if (!code)
    code = finishLoading(*module, status);
  if (code) {
    destroy(device->host, module);
    return code;
  }
  device->references.fetch_add(1);
  *result = module;
  return succeed(status);
}

swage_status_code_t swage_module_load_file(swage_device_t *device,
                                           const char *path,
                                           swage_module_t **out_module,
                                           swage_status_t *status) {
  if (!path)
    return fail(status, SWAGE_INVALID_ARGUMENT, "have no path");
  return loadModule(device, out_module, status, [&](Artifact &artifact) {
    return artifact.openFile(path, status);
  });
}

swage_status_code_t swage_module_load_memory(swage_device_t *device,
                                             const void *data, size_t size,
                                             swage_module_t **out_module,
                                             swage_status_t *status) {
  if (!data)
    return fail(status, SWAGE_INVALID_ARGUMENT, "have no data");
  return loadModule(device, out_module, status, [&](Artifact &artifact) {
    return artifact.openMemory(data, size, status);
  });
}

swage_status_code_t swage_module_create_linked(
    swage_device_t *device, const swage_linked_model_t *model,
    swage_module_t **out_module, swage_status_t *status) {
  // The fields of the first version; later ones have defaults.
  constexpr size_t kFirstSize =
      offsetof(swage_linked_model_t, kernel_count) + sizeof(size_t);
  if (!model || model->size < kFirstSize)
    return fail(status, SWAGE_INVALID_ARGUMENT,
                "have a linked model of size %zu, require at least %zu",
                model ? model->size : 0, kFirstSize);
  swage_linked_model_t given;
  if (Code code = readOptions(model, "a linked model", given, status))
    return code;
  if (!given.artifact || !given.executables)
    return fail(status, SWAGE_INVALID_ARGUMENT, "the linked model has no %s",
                given.artifact ? "executables" : "artifact");
  return loadModule(device, out_module, status, [&](Artifact &artifact) {
    artifact.setLinkedModel(given);
    return artifact.openMemory(given.artifact, given.artifact_size, status);
  });
}

void swage_module_destroy(swage_module_t *module) {
  if (!module || module->references.fetch_sub(1) != 1)
    return;
  swage_device_t *device = module->device;
  destroy(device->host, module);
  swage_device_destroy(device);
}

swage_status_code_t swage_module_verify(const swage_module_t *module,
                                        swage_status_t *status) {
  if (!module)
    return fail(status, SWAGE_INVALID_ARGUMENT, "have no module");
  for (const schema::Program *program : *module->artifact.table().programs())
    for (const schema::Weight *weight : *program->weights()) {
      uint32_t checksum =
          schema::crc32c(module->artifact.weightData(*weight), weight->size());
      if (checksum != weight->checksum())
        return fail(status, SWAGE_DATA_LOSS,
                    "weight '%.100s': have bytes with checksum %08x, require "
                    "%08x",
                    weight->name()->c_str(), checksum, weight->checksum());
    }
  return succeed(status);
}

//===----------------------------------------------------------------------===//
// Getters
//===----------------------------------------------------------------------===//

const swage_module_info_t *swage_module_info(const swage_module_t *module) {
  return module ? &module->info : nullptr;
}

uint64_t swage_module_weight_bytes(const swage_module_t *module) {
  return module ? module->weightBytes : 0;
}

swage_status_code_t swage_module_weight(const swage_module_t *module,
                                        size_t index,
                                        swage_weight_info_t *out_weight,
                                        swage_status_t *status) {
  if (!module || !out_weight)
    return fail(status, SWAGE_INVALID_ARGUMENT, "have no %s",
                module ? "out_weight" : "module");
  if (index >= module->info.weight_count)
    return fail(status, SWAGE_NOT_FOUND,
                "have weight index %zu, require less than %zu", index,
                module->info.weight_count);
  const schema::Weight &weight =
      *module->program->weights()->Get(uint32_t(index));
  uint32_t rank = length(weight.shape());
  *out_weight = {weight.name()->c_str(),
                 rank ? weight.shape()->data() : nullptr,
                 rank,
                 weight.encoding()->c_str(),
                 text(weight.layout()),
                 weight.bits(),
                 weight.size()};
  return succeed(status);
}

swage_status_code_t
swage_module_entry_point(const swage_module_t *module, size_t index,
                         swage_entry_point_info_t *out_entry_point,
                         swage_status_t *status) {
  if (!module || !out_entry_point)
    return fail(status, SWAGE_INVALID_ARGUMENT, "have no %s",
                module ? "out_entry_point" : "module");
  if (index >= module->entryPoints.size())
    return fail(status, SWAGE_NOT_FOUND,
                "have entry point index %zu, require less than %zu", index,
                module->entryPoints.size());
  *out_entry_point = module->entryPoints[index];
  return succeed(status);
}

swage_status_code_t swage_module_section(const swage_module_t *module,
                                         const char *name,
                                         const void **out_data,
                                         size_t *out_size,
                                         swage_status_t *status) {
  if (!module || !name || !out_data || !out_size)
    return fail(status, SWAGE_INVALID_ARGUMENT, "have no %s",
                !module     ? "module"
                : !name     ? "name"
                : !out_data ? "out_data"
                            : "out_size");
  const Artifact &artifact = module->artifact;
  for (size_t i = 0; i < module->info.section_count; ++i) {
    const schema::Section &section =
        *artifact.table().sections()->Get(uint32_t(i));
    if (strcmp(section.name()->c_str(), name) != 0)
      continue;
    *out_data = artifact.segmentData(section.segment());
    *out_size = artifact.segment(section.segment()).size();
    return succeed(status);
  }
  return fail(status, SWAGE_NOT_FOUND, "the artifact has no section '%.100s'",
              name);
}

const char *swage_module_section_name(const swage_module_t *module,
                                      size_t index) {
  if (!module || index >= module->info.section_count)
    return nullptr;
  return module->artifact.table()
      .sections()
      ->Get(uint32_t(index))
      ->name()
      ->c_str();
}

const char *swage_module_metadata(const swage_module_t *module,
                                  const char *key) {
  if (!module || !key)
    return nullptr;
  for (size_t i = 0; i < module->info.metadata_count; ++i) {
    const auto *pair = module->artifact.table().metadata()->Get(uint32_t(i));
    if (strcmp(pair->key()->c_str(), key) == 0)
      return text(pair->value());
  }
  return nullptr;
}

const char *swage_module_metadata_key(const swage_module_t *module,
                                      size_t index) {
  if (!module || index >= module->info.metadata_count)
    return nullptr;
  return module->artifact.table()
      .metadata()
      ->Get(uint32_t(index))
      ->key()
      ->c_str();
}
