// The stand-ins that libraries are linked against where the real ones are not at hand: they carry names for the dynamic linker.
extern "C" void sgemm() {}
