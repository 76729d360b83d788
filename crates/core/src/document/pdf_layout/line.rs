//! One line of a column, as the files beside this one pass it on.

/// One line of a column.
#[derive(Clone, Debug)]
pub(crate) struct ColumnLine {
    /// The number of its column, counted through the document.
    pub(crate) column: usize,
    pub(crate) x0: f32,
    pub(crate) x1: f32,
    pub(crate) y: f32,
    pub(crate) size: f32,
    /// All its letters are bold.
    pub(crate) bold: bool,
    pub(crate) text: String,
    /// The edges of its column.
    pub(crate) left: f32,
    pub(crate) right: f32,
}
