#!/bin/sh
# podstamp was uninstalled from this node. This file stays in its place, because a container runtime may remember podstamp as part
# of a network that Pods were attached to: without it, those Pods could not go. It does nothing; delete it after the next reboot.
case ${CNI_COMMAND-} in
ADD) ;;
VERSION)
  echo '{"cniVersion":"1.1.0","supportedVersions":["0.3.0","0.3.1","0.4.0","1.0.0","1.1.0"]}'
  exit 0
  ;;
*) exit 0 ;;
esac

# ADD answers with the member prevResult of what it reads, as it came. The text is walked from one quote, brace or bracket to the
# next; strings are passed over whole, since they may hold such characters too.
rest=$(cat) depth=0 name='' taken='' taking=''
take() { [ -z "$taking" ] || taken=$taken$1; }
while [ -n "$rest" ]; do
  plain=${rest%%[\"\{\}\[\]]*}
  rest=${rest#"$plain"}
  take "$plain"
  case $rest in
  \"*)
    string='"' rest=${rest#?}
    while :; do
      plain=${rest%%[\"\\]*}
      rest=${rest#"$plain"}
      string=$string$plain
      case $rest in
      \\*)
        string=$string${rest%"${rest#??}"}
        rest=${rest#??}
        ;;
      *) break ;;
      esac
    done
    rest=${rest#?}
    take "$string\""
    [ "$depth" -ne 1 ] || name=$string
    ;;
  [{[]*)
    if [ "$depth" -eq 1 ] && [ "$name" = '"prevResult' ]; then taking=yes taken=''; fi
    take "${rest%"${rest#?}"}"
    rest=${rest#?} depth=$((depth + 1)) name=''
    ;;
  *)
    take "${rest%"${rest#?}"}"
    rest=${rest#?} depth=$((depth - 1))
    [ "$depth" -ne 1 ] || taking=''
    ;;
  esac
done
if [ -z "$taken" ]; then
  echo '{"cniVersion":"1.0.0","code":7,"msg":"prevResult: missing (expected: podstamp must be called as a chained plugin)"}'
  exit 1
fi
printf '%s\n' "$taken"
