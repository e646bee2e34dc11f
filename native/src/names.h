// The names under which libtorch exports its C++ functions: mangled as GCC and Clang do on Linux and macOS, where libc++'s strings
// carry no tag and 64-bit integers are `long long`, and as MSVC does on Windows. Null is what cannot be called there: a
// function that returns a std::string, laid out otherwise than this compiler's, or that throws past it.
#pragma once

namespace mmt::names {

#if defined(_WIN32)
#define MMT_NAME(itanium, microsoft) microsoft
#else
#define MMT_NAME(itanium, microsoft) itanium
#endif
#ifdef __APPLE__
#define MMT_TEXT_TAG ""
#define MMT_INT64 "x"
#define MMT_UINT64 "y"
#else
#define MMT_TEXT_TAG "B5cxx11"
#define MMT_INT64 "l"
#define MMT_UINT64 "m"
#endif

constexpr const char* kMutableGrad =
    MMT_NAME("_ZN3c1010TensorImpl12mutable_gradEv", "?mutable_grad@TensorImpl@c10@@QEAAAEAVTensor@at@@XZ");
constexpr const char* kRequiresGrad =
    MMT_NAME("_ZNK3c1010TensorImpl13requires_gradEv", "?requires_grad@TensorImpl@c10@@QEBA_NXZ");
constexpr const char* kDefaultGenerator =
    MMT_NAME("_ZN2at6detail22getDefaultCPUGeneratorEv", "?getDefaultCPUGenerator@detail@at@@YAAEBUGenerator@2@XZ");
constexpr const char* kSetCurrentSeed = MMT_NAME("_ZN2at16CPUGeneratorImpl16set_current_seedE" MMT_UINT64,
                                                 "?set_current_seed@CPUGeneratorImpl@at@@UEAAX_K@Z");
constexpr const char* kCreateGenerator = MMT_NAME("_ZN2at6detail18createCPUGeneratorE" MMT_UINT64,
                                                  "?createCPUGenerator@detail@at@@YA?AUGenerator@2@_K@Z");
constexpr const char* kSetAutocastEnabled = MMT_NAME("_ZN2at8autocast20set_autocast_enabledEN3c1010DeviceTypeEb",
                                                     "?set_autocast_enabled@autocast@at@@YAXW4DeviceType@c10@@_N@Z");
constexpr const char* kSetAutocastDtype =
    MMT_NAME("_ZN2at8autocast18set_autocast_dtypeEN3c1010DeviceTypeENS1_10ScalarTypeE",
             "?set_autocast_dtype@autocast@at@@YAXW4DeviceType@c10@@W4ScalarType@4@@Z");
constexpr const char* kIncrementNesting =
    MMT_NAME("_ZN2at8autocast17increment_nestingEv", "?increment_nesting@autocast@at@@YAHXZ");
constexpr const char* kDecrementNesting =
    MMT_NAME("_ZN2at8autocast17decrement_nestingEv", "?decrement_nesting@autocast@at@@YAHXZ");
constexpr const char* kClearCache = MMT_NAME("_ZN2at8autocast11clear_cacheEv", "?clear_cache@autocast@at@@YAXXZ");
constexpr const char* kSetNumThreads = MMT_NAME("_ZN2at15set_num_threadsEi", "?set_num_threads@at@@YAXH@Z");
constexpr const char* kShowConfig = MMT_NAME("_ZN2at11show_config" MMT_TEXT_TAG "Ev", nullptr);
constexpr const char* kParallelInfo = MMT_NAME("_ZN2at17get_parallel_info" MMT_TEXT_TAG "Ev", nullptr);
constexpr const char* kCudaDeviceCount = MMT_NAME("_ZN5torch4cuda12device_countEv", "?device_count@cuda@torch@@YACXZ");
constexpr const char* kCudaSynchronize =
    MMT_NAME("_ZN5torch4cuda11synchronizeE" MMT_INT64, "?synchronize@cuda@torch@@YAX_J@Z");
constexpr const char* kDispatcher = MMT_NAME("_ZN3c1010Dispatcher13realSingletonEv", nullptr);
constexpr const char* kFindOperator = MMT_NAME("_ZN3c1010Dispatcher17findSchemaOrThrowEPKcS2_", nullptr);
constexpr const char* kOperatorState =
    MMT_NAME("_ZNK3c104impl13OperatorEntry9dumpState" MMT_TEXT_TAG "Ev", nullptr);
constexpr const char* kGlobalContext =
    MMT_NAME("_ZN2at13globalContextEv", "?globalContext@at@@YAAEAVContext@1@XZ");
constexpr const char* kUserEnabledNnpack =
    MMT_NAME("_ZNK2at7Context17userEnabledNNPACKEv", "?userEnabledNNPACK@Context@at@@QEBA_NXZ");
constexpr const char* kSetUserEnabledNnpack =
    MMT_NAME("_ZN2at7Context20setUserEnabledNNPACKEb", "?setUserEnabledNNPACK@Context@at@@QEAAX_N@Z");
constexpr const char* kSetWarningHandler =
    MMT_NAME("_ZN3c1012WarningUtils19set_warning_handlerEPNS_14WarningHandlerE", nullptr);
constexpr const char* kWarningText = MMT_NAME("_ZNK3c107Warning3msg" MMT_TEXT_TAG "Ev", nullptr);
// With the standard library's own types in its name, which other systems spell otherwise.
#ifdef __linux__
constexpr const char* kSetStackTraceFetcher =
    "_ZN3c1020SetStackTraceFetcherESt8functionIFNSt7__cxx1112basic_stringIcSt11char_traitsIcESaIcEEEvEE";
#else
constexpr const char* kSetStackTraceFetcher = nullptr;
#endif

#undef MMT_NAME
#undef MMT_TEXT_TAG
#undef MMT_INT64
#undef MMT_UINT64

}  // namespace mmt::names
