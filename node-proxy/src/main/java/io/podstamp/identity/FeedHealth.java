package io.podstamp.identity;

import java.time.Duration;

/// How well one kind of object is heard of.
///
/// @param resource as the API server calls it, such as `pods`
/// @param watching whether the API server has answered lately
/// @param age since the API server last answered a list or a watch or told of a change, or since
///   the start; a watch is opened anew every 20 to 40 s, so it stays below a minute
/// @param failures to list or watch, since the start
public record FeedHealth(String resource, boolean watching, Duration age, long failures) {}
