package journal

import "strings"

// Rescued is the folder at the top of a file system where a repair puts what has lost its
// name. On a disk of its own it lies beside the folders of the cameras, and as a rule only
// the system's own user may look into it.
const Rescued = "lost+found"

// OfCamera tells whether a folder beside the recordings may be a camera's: those with a dot
// are the recorder's own, and Rescued is the file system's.
func OfCamera(name string) bool { return name != Rescued && !strings.HasPrefix(name, ".") }
