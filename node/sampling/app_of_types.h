// What was sampled as files in the App Services layout, beside those of an app that is there
// already or as a new app that an authority starts on. Pure.
#pragma once

#include "node/model/app.h"
#include "node/sampling/infer.h"

namespace syncline::sampling {

struct AppPlace {
  std::string service;   // the data source's name
  std::string database;  // where the collections go
};
// Where the collections of an app stand, or would in a new one, which is named `name`.
AppPlace place_in(const AppFiles& there, const std::string& name);

// The files to write. Each type's schema.json and relationships.json; of a new app what else an
// authority needs: its name, data source, sync settings, and a default rule, which lets every user
// read and write everything. Files that are `there` already are left out of those.
AppFiles files_of(const std::vector<SampledType>& types, const AppPlace& place,
                  const std::string& name, const AppFiles& there);

}  // namespace syncline::sampling
