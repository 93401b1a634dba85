//! Headers of every type, whole, turned, cut short and broken.

use proptest::prelude::*;

use super::*;

/// A PNG's signature and header.
fn png(width: u32, height: u32) -> Vec<u8> {
    let mut file = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR".to_vec();
    file.extend([width.to_be_bytes(), height.to_be_bytes()].concat());
    file.extend(b"\x08\x02\0\0\0\0\0\0\0");
    file
}

/// A JPEG up to its frame header, with `segments` before that.
fn jpeg(segments: &[u8], width: u16, height: u16) -> Vec<u8> {
    let mut file = b"\xff\xd8".to_vec();
    file.extend(segments);
    file.extend(b"\xff\xc0\0\x11\x08");
    file.extend([height.to_be_bytes(), width.to_be_bytes()].concat());
    file.extend(b"\x03\x01\x22\0\x02\x11\x01\x03\x11\x01\xff\xd9");
    file
}

/// An APP1 segment that holds nothing but the orientation.
fn exif(orientation: u8) -> Vec<u8> {
    let mut segment = b"\xff\xe1\0\x22Exif\0\0MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".to_vec();
    segment.extend([orientation, 0, 0, 0, 0, 0, 0]);
    segment
}

/// A box of the container that HEIC and AVIF share.
fn boxed(kind: &[u8; 4], content: &[u8]) -> Vec<u8> {
    let size = u32::try_from(content.len() + 8).expect("small");
    [&size.to_be_bytes(), &kind[..], content].concat()
}

/// Brand, 30 by 20 pixels, turned by `turns` quarters.
fn heif(brand: &[u8; 4], turns: u8) -> Vec<u8> {
    let ftyp = boxed(b"ftyp", &[&brand[..], b"\0\0\0\0mif1miaf"].concat());
    let ispe = boxed(b"ispe", &[0u32, 30, 20].map(u32::to_be_bytes).concat());
    let ipco = boxed(b"ipco", &[ispe, boxed(b"irot", &[turns])].concat());
    let meta = boxed(b"meta", &[&[0; 4][..], &boxed(b"iprp", &ipco)].concat());
    [ftyp, meta, boxed(b"mdat", &[0; 16])].concat()
}

fn whole(file: &[u8]) -> Contents {
    Picture::read(file, file.len() as u64)
}

fn cut(file: &[u8]) -> Contents {
    Picture::read(file, file.len() as u64 + 1)
}

#[test]
fn every_type_is_known_by_its_bytes() {
    let webp = b"RIFF\x1a\0\0\0WEBPVP8L\x0d\0\0\0\x2f\x1d\xc0\x04\0\0\0\0\0\0\0\0\0\0";
    let bmp = [&b"BM\x46\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0\x1e\0\0\0\x14\0\0\0"[..], &[0; 28]].concat();
    for (media_type, file) in [
        ("image/png", png(30, 20)),
        ("image/jpeg", jpeg(b"\xff\xe0\0\x04JF", 30, 20)),
        ("image/gif", b"GIF89a\x1e\0\x14\0\0\0\0\0\0\0".to_vec()),
        ("image/webp", webp.to_vec()),
        ("image/bmp", bmp),
        ("image/avif", heif(b"avif", 0)),
        ("image/heic", heif(b"heic", 0)),
    ] {
        assert_eq!(whole(&file), Ok(Picture { media_type, dimensions: Some((30, 20)) }));
    }
}

#[test]
fn what_is_no_picture_is_rejected() {
    for file in [
        &b""[..],
        b"x",
        b"picture",
        b"<svg xmlns=\"http://www.w3.org/2000/svg\"/>",
        b"<!DOCTYPE html><script>alert(1)</script>",
        b"%PDF-1.7 and more of it",
        b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom",
        b"P6 30 20 255 and other types that no browser shows",
    ] {
        assert_eq!(whole(file), Err(Rejection::NotAPicture), "{}", file.escape_ascii());
    }
}

#[test]
fn dimensions_are_those_of_the_picture_as_it_appears() {
    for (orientation, expected) in [(1, (30, 20)), (2, (30, 20)), (4, (30, 20)), (5, (20, 30)), (6, (20, 30)), (8, (20, 30))] {
        let picture = whole(&jpeg(&exif(orientation), 30, 20)).expect("a picture");
        assert_eq!(picture.dimensions, Some(expected), "orientation {orientation}");
    }
    for (turns, expected) in [(0, (30, 20)), (1, (20, 30)), (2, (30, 20)), (3, (20, 30))] {
        assert_eq!(whole(&heif(b"avif", turns)).expect("a picture").dimensions, Some(expected), "{turns} quarters");
    }
}

#[test]
fn a_header_that_was_not_read_to_its_end_gives_no_dimensions() {
    let file = jpeg(&[&b"\xff\xe2\xff\xff"[..], &[0; 0xfffd]].concat(), 30, 20);
    let picture = Picture { media_type: "image/jpeg", dimensions: None };
    assert_eq!(cut(&file[..0x1000]), Ok(picture));
    assert_eq!(whole(&file[..0x1000]), Err(Rejection::Broken("image/jpeg")), "the file ends there");
    assert_eq!(cut(&file).expect("read far enough").dimensions, Some((30, 20)));
}

#[test]
fn a_broken_header_is_rejected() {
    assert_eq!(cut(&png(0, 20)), Err(Rejection::Broken("image/png")));
    assert_eq!(cut(&png(30, 0)), Err(Rejection::Broken("image/png")));
    assert_eq!(cut(b"\xff\xd8\xff\xe0\0\x04JFno marker follows"), Err(Rejection::Broken("image/jpeg")));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    /// Whatever follows the magic bytes, there is an answer: no panic, no endless loop.
    #[test]
    fn hostile_bytes_get_an_answer(
        start in prop::sample::select(vec![
            png(30, 20), jpeg(&exif(6), 30, 20), heif(b"avif", 1), heif(b"heic", 0), b"GIF89a".to_vec(), b"RIFF\x1a\0\0\0WEBPVP8X".to_vec(), b"BM".to_vec(), b"II*\0\x08\0\0\0".to_vec(), b"MM\0*\0\0\0\x08".to_vec(),
            b"\xff\x0a".to_vec(), b"\0\0\0\x0cJXL \r\n\x87\n".to_vec(),
        ]),
        kept in any::<prop::sample::Index>(),
        noise in prop::collection::vec(any::<u8>(), 0..600),
        longer in any::<bool>(),
    ) {
        let file = [&start[..=kept.index(start.len())], &noise].concat();
        if let Ok(Picture { dimensions: Some((width, height)), .. }) = if longer { cut(&file) } else { whole(&file) } {
            prop_assert!(width > 0 && height > 0);
        }
    }
}
