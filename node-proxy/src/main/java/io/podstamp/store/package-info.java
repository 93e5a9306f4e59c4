/// What outlives the agent: one file for each attachment. Start reading at [AttachmentStore].
@NullMarked
package io.podstamp.store;

import org.jspecify.annotations.NullMarked;
