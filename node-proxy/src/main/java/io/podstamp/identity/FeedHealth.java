package io.podstamp.identity;

import java.time.Duration;

/// How well one kind of object is heard of.
///
/// @param resource as the API server calls it, such as `pods`
/// @param watching whether a watch is open now
/// @param age since the last list or event, or since the start; grows by itself where nothing
///   changes
/// @param failures to list or watch, since the start
public record FeedHealth(String resource, boolean watching, Duration age, long failures) {}
