// Types sampled from documents written as lines.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "node/sampling/app_of_types.h"
#include "node/sampling/infer.h"
#include "proto/extended_json.h"

namespace syncline::sampling::test {

struct Given {
  std::string title;
  std::vector<std::string> lines;
};

inline void look_at(Sampler& sampler, const std::vector<std::string>& lines) {
  uint64_t number = 0;
  for (const std::string& line : lines) {
    Result<Value> value = parse_extended_json(line);
    ASSERT_TRUE(value) << value.error().message << " " << line;
    sampler.count(value->get<Document>(), ++number);
    sampler.observe(value->get<Document>(), number);
  }
}

struct Sampled {
  std::vector<std::unique_ptr<Sampler>> samplers;
  std::vector<SampledType> types;

  const FieldRow& row(std::string_view path, size_t type = 0) const {
    for (const FieldRow& row : types[type].rows)
      if (row.path == path) return row;
    ADD_FAILURE() << "no row " << path;
    static const FieldRow none;
    return none;
  }
  // The first message of the code; a failure if there is none.
  const SampleMessage* message(std::string_view code, size_t type = 0) const {
    for (const SampleMessage& message : types[type].messages)
      if (message.code == code) return &message;
    ADD_FAILURE() << "no message " << code;
    static const SampleMessage none;
    return &none;
  }
  std::string codes(size_t type = 0) const {
    std::string codes;
    for (const SampleMessage& message : types[type].messages)
      codes += (codes.empty() ? "" : " ") + message.code;
    return codes;
  }
  const SchemaJson& property(const std::string& name, size_t type = 0) const {
    return types[type].schema["properties"][name];
  }
  AppFiles files() const { return files_of(types, {"mongodb-atlas", "shop"}, "shop", {}); }
};

inline Sampled sample(const std::vector<Given>& given) {
  Sampled out;
  std::vector<std::string> names;
  std::set<std::string> titles;
  for (const Given& each : given) names.push_back(each.title), titles.insert(each.title);
  EmbeddedNames embedded(titles);
  for (const Given& each : given) {
    out.samplers.push_back(std::make_unique<Sampler>(names));
    look_at(*out.samplers.back(), each.lines);
    out.types.push_back(infer_type(each.title, each.title, out.samplers.back().get(), &embedded));
  }
  std::vector<SampledType*> types;
  std::vector<const Sampler*> samplers;
  for (size_t i = 0; i < given.size(); ++i) {
    types.push_back(&out.types[i]);
    samplers.push_back(out.samplers[i].get());
  }
  suggest_links(types, samplers, "mongodb-atlas/shop");
  return out;
}

// Of one type; each line gets an _id.
inline Sampled sample_fields(const std::vector<std::string>& lines) {
  Given given{"Item", {}};
  for (size_t i = 0; i < lines.size(); ++i)
    given.lines.push_back("{\"_id\":\"" + std::to_string(i) + "\"" +
                          (lines[i].empty() ? "" : "," + lines[i]) + "}");
  return sample({given});
}

}  // namespace syncline::sampling::test
