/// What others are told of Pods: the API server, and the plugin while no agent answers. Start
/// reading at [Announcements].
@NullMarked
package io.podstamp.publish;

import org.jspecify.annotations.NullMarked;
