// Package breaking compares two versions of a set of lexicons and says what
// the difference does to data and to software (LE-01 to LE-04).
//
// The phases, each complete before the next begins:
//
//  1. [Compare] walks both graphs side by side, from every definition that both
//     have and through every reference, and makes a [Finding] of each change. A
//     finding says what the change does to the set of valid data, its [Effect],
//     and which way the data goes, its [Directions]: records are stored, inputs
//     and parameters are sent by clients, outputs and messages are read by them.
//     Both together make the [Verdict].
//  2. [Report.Suppress] sets aside what a project has accepted, with a reason and
//     for a time.
//  3. [Report.Diagnostics] turns findings into diagnostics. Breaking changes are
//     errors and risky ones warnings. In a namespace that is not released, see
//     [Unstable], breaking changes are warnings and risky ones are silent.
//  4. [Report.Advice] says which part of a version number has to change.
//
// [Data.Report] holds stored records against both versions.
//
// A change tightens if data that was valid under the old version may be
// invalid under the new one, and relaxes if data that is valid under the new
// version may be invalid under the old one. Tightening breaks where old data
// meets new software, relaxing where new data meets old software; both happen to
// records. A bound that is relaxed is a risk and no break, because software that
// reads is seldom that strict (LE-04). What only says of the same values in other
// words that they are valid has no effect, and is a risk where the rules of
// evolution rule it out.
//
// Left out of all this are members of an object that its version does not
// describe. They are valid under any name, with any value; so data may be valid
// under the old version by a member that the new one gives a meaning, and is not
// said to break: whoever knows only the old version does not use that name. The
// other way round, data of the new version may have anything under the name of a
// property that is gone, which is no more than a risk.
//
// Reports are not safe for concurrent use; everything else is.
package breaking
