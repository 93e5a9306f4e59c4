package io.podstamp.pipeline;

/// Travels towards the relay: these bytes go to the server before all that the application sends.
///
/// @param bytes which nobody changes any more
@SuppressWarnings("ArrayRecordComponent") // never compared
public record SendFirst(byte[] bytes) {}
