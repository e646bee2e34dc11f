// The forwarder and the stand-ins it is linked against have no code: all they carry is names for the dynamic linker.
