//! Saved views in memory.

use model::ProjectSlug;

use crate::error::StoreError;
use crate::limits::VIEWS_MAX;
use crate::views::{SavedView, ViewSaved, ViewTerms};

/// The views of all projects.
#[derive(Debug, Default)]
pub(super) struct Views {
    views: Vec<(ProjectSlug, SavedView)>,
    newest_id: u64,
    /// How often a view was saved: the time of this store.
    saves: u64,
}

impl Views {
    pub(super) fn list(&self, project: &ProjectSlug) -> Vec<SavedView> {
        let mut views: Vec<SavedView> = self.of(project).cloned().collect();
        views.sort_by(|one, other| (&one.terms.name, &one.terms.page).cmp(&(&other.terms.name, &other.terms.page)));
        views
    }

    pub(super) fn save(&mut self, project: &ProjectSlug, id: Option<u64>, terms: &ViewTerms) -> Result<ViewSaved, StoreError> {
        let is_taken = |view: &SavedView| Some(view.id) != id && view.terms.name == terms.name && view.terms.page == terms.page;
        match id {
            Some(id) if self.of(project).all(|view| view.id != id) => return Ok(ViewSaved::Missing),
            _ if self.of(project).any(is_taken) => return Ok(ViewSaved::NameTaken),
            None if self.of(project).count() >= VIEWS_MAX => return Err(SavedView::too_many()),
            _ => {}
        }
        self.saves += 1;
        self.newest_id += u64::from(id.is_none());
        let view = SavedView { id: id.unwrap_or(self.newest_id), terms: terms.clone(), updated_unix_nanos: self.saves };
        self.views.retain(|(_, known)| known.id != view.id);
        self.views.push((project.clone(), view.clone()));
        Ok(ViewSaved::Done(view))
    }

    /// Returns whether it was there.
    pub(super) fn remove(&mut self, project: &ProjectSlug, id: u64) -> bool {
        let before = self.views.len();
        self.views.retain(|(of, view)| of != project || view.id != id);
        self.views.len() < before
    }

    fn of(&self, project: &ProjectSlug) -> impl Iterator<Item = &SavedView> {
        self.views.iter().filter(move |(of, _)| of == project).map(|(_, view)| view)
    }
}
