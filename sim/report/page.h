// report.html: the Report as one page that needs nothing beside it: no network, no library. It
// can be read without its script, which shows figures under the pointer.
#pragma once

#include <string>

#include "sim/report/report.h"

namespace syncline::sim {

std::string to_html(const Report& report);

// Parts of it, each with its own file.
std::string draw_head(const Report& report);   // page_head.cc: title, verdict, what failed, tiles
std::string draw_map(const Report& report);    // link_map.cc
std::string draw_links(const Report& report);  // tables.cc: who sent most
std::string draw_kinds(const Report& report);  // tables.cc: bytes by kind of message
std::string draw_outcomes(const Report& report);  // tables.cc
std::string draw_lanes(const Report& report);     // tables.cc: energy and more, by group

// Of all links.
Traffic traffic_of(const Report& report);

// page.css and page.js, as they are in the sources.
extern const char* const kPageStyle;
extern const char* const kPageScript;

}  // namespace syncline::sim
