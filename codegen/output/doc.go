// Package output brings generated files to disk.
//
// A file is lexgen's if it begins with lexgen's header. Only such files are
// ever replaced; any other in the way is an error and stays. A manifest in the
// output folder lists what lexgen wrote there, so that what it would not write
// any more can be removed, if it still begins with the header. All reading and
// writing is confined to the output folder: a symbolic link that leads out of
// it, or a manifest that names a path outside, is refused.
//
// Write first writes every changed file beside its destination and then
// renames them all, so that an error leaves the folder as it was. Files whose
// bytes do not change keep their time stamps. Runs may write to one folder at
// once if they write the same; nothing but the file system is shared.
package output
