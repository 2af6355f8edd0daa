# How every target is built, and the functions that the folders' CMakeLists.txt call.
include(GNUInstallDirs)

set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
# Most of a file's compile time is what it includes; a few files at once share it. `debug` compiles them one by one.
set(CMAKE_UNITY_BUILD_BATCH_SIZE 8)
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release)
endif()

find_program(SYNCLINE_CCACHE ccache)
if(SYNCLINE_CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${SYNCLINE_CCACHE})
endif()
find_program(SYNCLINE_MOLD mold)
if(SYNCLINE_MOLD)
  add_link_options(-fuse-ld=mold)
endif()

# Some warnings of GCC 12 are wrong: those below about optimised variants and strings, and in unity builds the one about
# unnamed namespaces.
add_compile_options($<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized> $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>
                    $<$<CXX_COMPILER_ID:GNU>:-Wno-subobject-linkage>)
add_compile_options(-Wall -Wextra -Wno-unused-parameter -Wno-missing-field-initializers -fno-omit-frame-pointer)

set(SYNCLINE_SANITIZE "" CACHE STRING "Sanitizers, as for -fsanitize=: address,undefined or thread")
if(SYNCLINE_SANITIZE)
  add_compile_options(-fsanitize=${SYNCLINE_SANITIZE} -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${SYNCLINE_SANITIZE})
endif()

find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(Protobuf REQUIRED)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(nlohmann_json REQUIRED)
# pkg-config's result below has the names that RocksDB's own search for zstd looks at when it configures again.
unset(zstd_INCLUDE_DIRS CACHE)
unset(zstd_LIBRARIES CACHE)
find_package(RocksDB REQUIRED)
pkg_check_modules(sodium REQUIRED IMPORTED_TARGET libsodium)
pkg_check_modules(zmq REQUIRED IMPORTED_TARGET libzmq)
pkg_check_modules(zstd REQUIRED IMPORTED_TARGET libzstd)
pkg_check_modules(bson REQUIRED IMPORTED_TARGET libbson-1.0)
pkg_check_modules(re2 REQUIRED IMPORTED_TARGET re2)

# syncline_library(NAME [DEPENDS ...] [PRIVATE ...]): every .cc of this folder.
# PLANTED: also NAME_planted, the same sources with their planted bugs in (proto/planted.h), for planted_tests.
function(syncline_library name)
  cmake_parse_arguments(ARG "PLANTED" "" "DEPENDS;PRIVATE;SOURCES" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS *.cc)
  list(FILTER sources EXCLUDE REGEX "_main\\.cc$")
  if(ARG_SOURCES OR sources)
    add_library(${name} STATIC ${sources} ${ARG_SOURCES})
    target_include_directories(${name} PUBLIC ${PROJECT_SOURCE_DIR} ${PROJECT_SOURCE_DIR}/include)
    target_link_libraries(${name} PUBLIC ${ARG_DEPENDS} PRIVATE ${ARG_PRIVATE})
    if(ARG_PLANTED)
      add_library(${name}_planted OBJECT EXCLUDE_FROM_ALL ${sources} ${ARG_SOURCES})
      target_compile_definitions(${name}_planted PRIVATE SYNCLINE_PLANTED_BUGS)
      target_link_libraries(${name}_planted PRIVATE ${name} ${ARG_PRIVATE})
    endif()
  else()
    add_library(${name} INTERFACE)
    target_include_directories(${name} INTERFACE ${PROJECT_SOURCE_DIR} ${PROJECT_SOURCE_DIR}/include)
    target_link_libraries(${name} INTERFACE ${ARG_DEPENDS})
  endif()
endfunction()

# syncline_test(NAME [DEPENDS ...] [SOURCES ...] [ARGUMENTS ...]): every *_test.cc of this folder, and SOURCES, as one
# binary and one ctest that runs it with ARGUMENTS.
function(syncline_test name)
  cmake_parse_arguments(ARG "" "" "DEPENDS;LABELS;SOURCES;ARGUMENTS" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS *.cc)
  if(NOT sources)
    return()
  endif()
  add_executable(${name} ${sources} ${ARG_SOURCES})
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR} ${PROJECT_SOURCE_DIR}/include)
  target_link_libraries(${name} PRIVATE ${ARG_DEPENDS} GTest::gmock GTest::gtest_main)
  target_compile_definitions(${name} PRIVATE SYNCLINE_SOURCE_DIR="${PROJECT_SOURCE_DIR}"
                             SYNCLINE_PROGRAM="${PROJECT_BINARY_DIR}/syncline")
  add_test(NAME ${name} COMMAND ${name} --gtest_brief=1 ${ARG_ARGUMENTS})
  set_tests_properties(${name} PROPERTIES LABELS "unit;${ARG_LABELS}" TIMEOUT 300)
endfunction()
